/**
 * The teacher: a DLRM of a few dimensions with a row for each id, trained on a sample of the
 * stream.
 *
 * <p>Read {@link io.millrace.teacher.Teacher}. Its vectors are the values that maps are built from.
 */
package io.millrace.teacher;
