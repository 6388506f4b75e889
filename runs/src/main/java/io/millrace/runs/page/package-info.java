/**
 * The live page of a run: a small web server that shows a browser the files of the run directory as
 * they grow, the rates of the job in this process, and the rows of single ids.
 *
 * <p>Read {@link io.millrace.runs.page.RunPage} first (what is served), then {@link
 * io.millrace.runs.page.ChangeFeed} (how a browser follows the files). What must not come in:
 * computation of figures; the page shows those of the files.
 */
package io.millrace.runs.page;
