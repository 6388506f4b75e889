/**
 * The teacher: a DLRM of a few dimensions with a row for each id, trained on a sample of the stream
 * all the time.
 *
 * <p>Read {@link io.millrace.teacher.Teacher} first, then {@link io.millrace.maps.TeacherValues},
 * the vectors that it emits and that maps are built from. What must not come in: students, and how
 * maps are built.
 */
package io.millrace.teacher;
