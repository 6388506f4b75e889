/**
 * The steps of the learning loop as Flink operators. Each one decodes, calls one object of
 * model-core, and emits; time, state and side outputs are its own.
 *
 * <p>Read {@link io.millrace.flink.operator.CountOperator} first, for the pattern of keyed
 * operators, then {@link io.millrace.flink.operator.LearnerOperator} and {@link
 * io.millrace.flink.operator.StudentOperator}, for how a trainer waits for its maps. {@code
 * docs/architecture.md} draws which operator waits for which. What must not come in: arithmetic.
 */
package io.millrace.flink.operator;
