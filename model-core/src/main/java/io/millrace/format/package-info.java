/**
 * File and record formats: the only place where bytes become events.
 *
 * <p>Read {@link io.millrace.format.EventDecoder} first (text, JSON, Avro or binary bytes to {@link
 * io.millrace.event.ClickEvent} or {@link io.millrace.event.Reject}), then {@link
 * io.millrace.format.EventFile}, which reads a whole file, {@link
 * io.millrace.format.OrderedEvents}, which reads several in order of event time, and {@link
 * io.millrace.format.RecordForm}, which says how the records of a topic are written. A decoder
 * never throws on bad input: it returns a {@code Reject} with a reason, a column, a value and the
 * broken rule. All encodings of one row give events that are equal to the bit.
 */
package io.millrace.format;
