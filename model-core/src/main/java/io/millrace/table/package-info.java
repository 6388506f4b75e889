/**
 * Embedding tables: rows, how they are stored while they train, and how they follow a new hash.
 *
 * <p>Read {@link io.millrace.table.EmbeddingTable} first, then {@link io.millrace.table.MletTable}.
 * A table knows row numbers only; which id uses which rows is decided by an {@link
 * io.millrace.hash.IdHash} or an {@link io.millrace.table.IdIndex}. Networks and time stay out, and
 * threads but for the one that may write a {@link io.millrace.table.FrozenState}.
 */
package io.millrace.table;
