/**
 * Embedding tables: storage and training of rows, and their move to a new hash.
 *
 * <p>Read {@link io.millrace.table.EmbeddingTable} first, then {@link io.millrace.table.MletTable}.
 * A table knows only row numbers; an {@link io.millrace.hash.IdHash} or an {@link
 * io.millrace.table.IdIndex} decides which id uses which rows. A server holds {@link
 * io.millrace.table.StoredRows}, in a {@link io.millrace.table.RowFormat}. What must not come in:
 * networks, time, and threads, except for the one that may write a {@link
 * io.millrace.table.FrozenState}.
 */
package io.millrace.table;
