/**
 * The job file: from YAML to checked records.
 *
 * <p>{@link io.millrace.jobfile.ConfigKeys} defines each key once (type, default, range, doc);
 * {@link io.millrace.jobfile.JobConfig} is what a job file comes to. Every error reads {@code key
 * must be RULE but was VALUE (job.yaml:LINE)}. No Flink and no arithmetic in here.
 */
package io.millrace.jobfile;
