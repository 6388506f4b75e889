/**
 * The steps of the learning loop as Flink operators. Each decodes, calls one object of {@code
 * io.millrace.stream}, and emits; time and state are theirs, numbers are not.
 *
 * <p>Read {@link io.millrace.flink.operator.CountOperator} for the pattern of keyed operators, and
 * {@link io.millrace.flink.operator.StudentOperator} for how a trainer waits for its maps.
 */
package io.millrace.flink.operator;
