/**
 * How events, counts, map inputs and models lie in Flink: as records with formats of their own, and
 * as state with a version.
 *
 * <p>Read {@link io.millrace.state.RecordFormat} first: every record that is sent between operators
 * or stored in keyed state has one, so Java serialisation and Kryo are never used. Then read {@link
 * io.millrace.state.RawState}, which stores what objects of model-core write with their {@code
 * writeState}. What must not come in: Kafka, DJL, arithmetic on parameters.
 */
package io.millrace.state;
