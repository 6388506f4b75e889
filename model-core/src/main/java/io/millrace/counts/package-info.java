/**
 * How often each id occurred, and how often it was clicked.
 *
 * <p>Read {@link io.millrace.counts.IdCounts} first: it is the plain version that defines the
 * results. {@link io.millrace.counts.PagedCounts} gives the same results in bounded memory. What
 * must not come in: Flink state; pages are stored through {@link io.millrace.counts.PageStore}.
 */
package io.millrace.counts;
