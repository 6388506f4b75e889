/**
 * The job file: from YAML to checked records.
 *
 * <p>Each section has a class that defines its keys, each once (name, default, range, unit, doc),
 * and reads them into the section's record; {@link io.millrace.jobfile.ConfigKeys} lists them all.
 * {@link io.millrace.jobfile.JobConfig} is a job file that has been read. Every error reads {@code
 * key must RULE but was VALUE (job.yaml:LINE)}. No Flink and no arithmetic in here.
 */
package io.millrace.jobfile;
