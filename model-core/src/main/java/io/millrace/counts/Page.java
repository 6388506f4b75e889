package io.millrace.counts;

/**
 * The ids of a table whose hashes share their upper bits, as a node of a binary trie: node 1 has
 * all ids, the children of node {@code n} are {@code 2n} and {@code 2n + 1}. Its rows are on the
 * heap or away; the rest stays.
 */
public final class Page {

  /** Bits of a hash. */
  private static final int BITS = 32;

  final PagedTable table;
  final int node;

  /** Null while they are away. */
  IdTable rows;

  /** The rows are only what has been added to those in the store. */
  boolean partial;

  /** Ids, also while the rows are away; of a partial page, those in the store. */
  int ids;

  /** Ids that have been added to a partial page. */
  int waiting;

  /** Bytes of the rows that the cache knows of. */
  long bytes;

  /** The rows are not as they were written last. */
  boolean dirty;

  /** A version of the rows is in the store. */
  boolean stored;

  /** Where it is among the pages on the heap. */
  int place;

  /** Looked at since the clock's hand last passed. */
  boolean used;

  /** Must not be evicted. */
  boolean pinned;

  Page(PagedTable table, int node) {
    this.table = table;
    this.node = node;
  }

  /** Upper bits of a hash that all ids share. */
  int depth() {
    return 31 - Integer.numberOfLeadingZeros(node);
  }

  /** The least hash, as an unsigned number. */
  long start() {
    return (node - (1L << depth())) << (BITS - depth());
  }

  /** Whether a hash is one of this page's. */
  boolean holds(int hash) {
    long unsigned = Integer.toUnsignedLong(hash);
    return unsigned >= start() && unsigned < end();
  }

  /** The least hash of the next page. */
  long end() {
    return start() + (1L << (BITS - depth()));
  }
}
