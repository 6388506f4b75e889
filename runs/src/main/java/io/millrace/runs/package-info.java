/**
 * The files of a run: what is written where, and in which form.
 *
 * <p>Read {@link io.millrace.runs.RunFiles} first, which names the files and owns the form of their
 * lines, then {@link io.millrace.runs.MapFolder}, through which maps reach the students. What must
 * not come in: Flink, as {@code millrace train} writes the same files without it.
 */
package io.millrace.runs;
