/**
 * The students: hashed DLRMs that predict each event, learn from it, and switch to new maps.
 *
 * <p>Read {@link io.millrace.student.Student} first (the order in which it learns), then {@code
 * MapSwitch} (which maps take over, and when) and {@link io.millrace.student.StudentTables} (the
 * tables of an arm). The bytes of its state are in {@code StudentState}, what a switch costs is
 * measured by {@code SwitchComparison}. Flink state stays out: a student writes and reads its state
 * as bytes.
 */
package io.millrace.student;
