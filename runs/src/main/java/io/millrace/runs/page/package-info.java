/**
 * The live page of a run: a small web server that gives a browser the files of the run directory as
 * they grow, what the parts of the job in this process are doing, and answers about single ids.
 *
 * <p>Read {@link io.millrace.runs.page.RunPage} for what is served, and {@link
 * io.millrace.runs.page.LineTail} for how a browser keeps up with a file. Figures are never
 * computed here: they are those of the files.
 */
package io.millrace.runs.page;
