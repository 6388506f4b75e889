/**
 * How events, counts, map inputs and models live in Flink: as records with formats of their own,
 * and as state with a version.
 *
 * <p>Read {@link io.millrace.state.RecordFormat} first: every record that travels between operators
 * or rests in keyed state has one, so nothing is left to Java serialisation or Kryo. Then {@link
 * io.millrace.state.RawState}, which keeps what model-core writes with its {@code writeState}.
 *
 * <p>Kafka, DJL and arithmetic on parameters stay out.
 */
package io.millrace.state;
