/**
 * The job as its users run it, against a real broker: from start to end, through stops, outages,
 * idle partitions and a folder that cannot be written.
 *
 * <p>Read {@link io.millrace.tests.job.RunningJob} and {@link io.millrace.tests.job.RunTest} first.
 * What must not come in: tests of a single operator, which belong beside it.
 */
package io.millrace.tests.job;
