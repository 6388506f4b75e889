/**
 * What the report and the live page share, so that both look alike: the chart library, and the
 * scripts and styles around it. {@link io.millrace.runs.look.Look} reads them.
 *
 * <p>Nothing here knows a run.
 */
package io.millrace.runs.look;
