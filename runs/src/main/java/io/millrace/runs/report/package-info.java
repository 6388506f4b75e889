/**
 * The report of a run: one self-contained page, made only from the files of a run directory, so
 * that it can be rebuilt at any time and on any machine.
 *
 * <p>Read {@link io.millrace.runs.report.Report} first, then {@link
 * io.millrace.runs.verdict.Comparison} (every figure about arms); {@link
 * io.millrace.runs.verdict.RunData} says what is read, and which errors are tolerated. What must
 * not come in: anything outside the run directory and the class path, and text of a file that is
 * not escaped.
 */
package io.millrace.runs.report;
