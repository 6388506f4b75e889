/**
 * What a job is: records that check their own numbers.
 *
 * <p>Read {@link io.millrace.spec.JobSpec} first, then {@link io.millrace.spec.ArmSpec}. A
 * specification builds no tables and reads no files; checks that need tables live in {@code
 * student}.
 */
package io.millrace.spec;
