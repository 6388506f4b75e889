/**
 * What a job is: records that check their own numbers.
 *
 * <p>Read {@link io.millrace.spec.JobSpec} first, then {@link io.millrace.spec.ArmSpec}. What must
 * not come in: tables, models and files. A check that needs tables lives in {@code student}.
 */
package io.millrace.spec;
