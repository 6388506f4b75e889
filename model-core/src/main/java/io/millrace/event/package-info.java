/**
 * The nouns that every module shares: events, and the schema that gives the columns of a log their
 * meaning.
 *
 * <p>Read {@link io.millrace.event.Schema} first, then {@link io.millrace.event.ClickEvent}. How
 * bytes become events is in {@code format}. No framework, no models and no wall clock in here.
 */
package io.millrace.event;
