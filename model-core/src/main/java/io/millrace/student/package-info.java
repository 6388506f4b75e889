/**
 * The students: hashed DLRMs that predict each event, learn from it, and take over new maps.
 *
 * <p>Read {@link io.millrace.student.Student} first, then {@link io.millrace.student.StudentTables}
 * (the tables of an arm). Flink state stays out: a student writes and reads its state as bytes.
 */
package io.millrace.student;
