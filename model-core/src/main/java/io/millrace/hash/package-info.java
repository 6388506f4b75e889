/**
 * The assignment of ids to rows: every {@link io.millrace.hash.IdHash}, and {@link
 * io.millrace.hash.MapVersion}, the explicit map of ids to rows that {@code maps} builds and that
 * compiles into one. Read those two first. {@link io.millrace.hash.StaticMap} is the compact
 * function behind a learned map, and together with {@link io.millrace.hash.MinimalPerfectHash}
 * behind a two-level map. Package {@code cluster} builds maps; here they are only stored, checked
 * and looked up. What must not come in: counting, training.
 */
package io.millrace.hash;
