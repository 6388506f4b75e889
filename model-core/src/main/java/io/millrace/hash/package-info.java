/**
 * How an id finds its rows: every {@link io.millrace.hash.IdHash}, and {@link
 * io.millrace.hash.MapVersion}, the explicit map that is stored and that compiles into one.
 *
 * <p>Read those two first. {@link io.millrace.hash.StaticMap} is the compact function behind a
 * learned map, and with {@link io.millrace.hash.MinimalPerfectHash} behind a two-level map. Maps
 * are built from clusters in {@code cluster}; here they are only stored, checked and looked up.
 * What must not come in: counting and training.
 */
package io.millrace.hash;
