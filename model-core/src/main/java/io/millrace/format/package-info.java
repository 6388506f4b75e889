/**
 * Formats of rows and records: the only place where bytes become events.
 *
 * <p>Read {@link io.millrace.format.EventDecoder} first (text, JSON, Avro or binary bytes to {@link
 * io.millrace.event.ClickEvent} or {@link io.millrace.event.Reject}), then {@link
 * io.millrace.format.FileFormat}, which says how the rows of a file are written, and {@link
 * io.millrace.format.RecordForm}, which says the same of the records of a topic. A decoder never
 * throws on bad input: it returns a {@code Reject} with a reason, a column, a value and the broken
 * rule. All encodings of one row give events that are equal to the bit. Packages {@code file} and
 * {@code values} are built on this one, which knows neither.
 */
package io.millrace.format;
