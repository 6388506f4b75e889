/**
 * How an id finds its rows: every {@link io.millrace.hash.IdHash}, and {@link
 * io.millrace.hash.MapVersion}, the explicit map that a refresh publishes and that compiles into
 * one. Read those two first; {@link io.millrace.hash.StaticMap} is the compact function behind a
 * learned map, and with {@link io.millrace.hash.MinimalPerfectHash} behind one of two levels. Maps
 * are built from clusters in {@code cluster}; here they are only stored, checked and looked up. No
 * counting, no training.
 */
package io.millrace.hash;
