/**
 * What the figures of a run say: which arm to serve, what is abnormal, and what to do. Terminal,
 * page and report share these figures and sentences.
 *
 * <p>Read {@link io.millrace.runs.verdict.Briefing} first, then {@link
 * io.millrace.runs.verdict.Comparison} (every figure about arms); {@link
 * io.millrace.runs.verdict.RunData} says what is read, and which errors are tolerated. What must
 * not come in: HTML, and anything outside the run directory.
 */
package io.millrace.runs.verdict;
