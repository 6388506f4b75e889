/**
 * The job file: from YAML to checked records.
 *
 * <p>Read {@link io.millrace.jobfile.ConfigKeys} first, which defines each key once (type, default,
 * range, unit, sentence), then {@link io.millrace.jobfile.JobConfig}, what a job file comes to.
 * Every error reads {@code key must be RULE but was VALUE (job.yaml:LINE)}. What must not come in:
 * Flink, arithmetic.
 */
package io.millrace.jobfile;
