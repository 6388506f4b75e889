/**
 * What listens to the raw values of events: counts of the frequent ones, and advice where a schema
 * hardly fits its log.
 *
 * <p>Read {@link io.millrace.values.HotValues} first, which names the frequent ids of a stream,
 * then {@link io.millrace.values.FirstRecords} and {@link io.millrace.values.TimeAdvice}, which
 * compare records with the schema. All of them are listeners of the decoders in package {@code
 * format}; nothing here changes an event.
 */
package io.millrace.values;
