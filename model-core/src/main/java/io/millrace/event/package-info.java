/**
 * The nouns that every module shares, and the only place where bytes become events.
 *
 * <p>Read {@link io.millrace.event.Schema} first (what a log's columns mean), then {@link
 * io.millrace.event.EventDecoder} (text, JSON or binary bytes → {@link
 * io.millrace.event.ClickEvent} or {@link io.millrace.event.Reject}). {@link
 * io.millrace.event.EventFile} reads whole files.
 *
 * <p>A decoder never throws on bad input: what cannot be an event becomes a {@code Reject} with a
 * reason, a column, a value and the rule it broke. The three encodings of one row give events that
 * are equal to the bit. No framework, no models and no wall clock in here.
 */
package io.millrace.event;
