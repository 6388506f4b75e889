/**
 * The data types that all modules share: events, and the schema that gives the columns of a log
 * their meaning.
 *
 * <p>Read {@link io.millrace.event.Schema} first, then {@link io.millrace.event.ClickEvent}.
 * Package {@code format} turns bytes into events. What must not come in: frameworks, models,
 * wall-clock time.
 */
package io.millrace.event;
