/**
 * The files of a run directory, and who writes them.
 *
 * <p>Read {@link io.millrace.runs.RunFiles} first, which names the files, then {@link
 * io.millrace.runs.MapFolder}, through which maps reach the students; {@code line} defines the
 * lines and {@link io.millrace.runs.JobMetric} the job's metrics. What must not come in: Flink, as
 * {@code millrace train} writes the same files without it.
 */
package io.millrace.runs;
