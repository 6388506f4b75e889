/**
 * The lines of a run directory, each column defined once: writer, readers, gauges and page take it
 * from here, and {@code docs/schema}, which says what the columns mean, is tested against it.
 *
 * <p>Read {@link io.millrace.runs.line.Column} and {@link io.millrace.runs.line.MetricColumns}
 * first. A line is a JSON object with keys in snake case, times in milliseconds since the epoch,
 * and {@code null} for a number that is not finite. What must not come in: access to files, which
 * belongs to {@link io.millrace.runs.RunFiles}.
 */
package io.millrace.runs.line;
