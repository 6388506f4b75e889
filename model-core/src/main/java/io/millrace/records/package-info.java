/**
 * Copies of records with a component changed by name, so that nobody lists a dozen positions.
 *
 * <p>{@link io.millrace.records.Copyable} is all there is; it knows nothing of what records hold.
 */
package io.millrace.records;
