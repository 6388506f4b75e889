/**
 * The report of a run: one self-contained page, made from the files of a run directory alone, so
 * that it can be rebuilt at any time and on any machine.
 *
 * <p>Read {@link io.millrace.runs.report.Report} first, then {@code RunData} (what is read and how
 * forgiving that is) and {@code Comparison} (every figure about arms). Nothing outside the run
 * directory and the class path may be read, and nothing that comes from a file reaches the page
 * unescaped.
 */
package io.millrace.runs.report;
