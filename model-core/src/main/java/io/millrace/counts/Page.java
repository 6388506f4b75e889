package io.millrace.counts;

/**
 * The ids of a table whose hashes share their upper bits, as a node of a binary trie: node 1 has
 * all ids, the children of node {@code n} are {@code 2n} and {@code 2n + 1}. Its rows are on the
 * heap or only in the store; all else stays on the heap.
 */
final class Page {

  /** Bits of a hash. */
  private static final int BITS = 32;

  final PagedTable table;
  final int node;

  /** Null while they are only in the store. */
  IdTable rows;

  /** Whether {@link #rows} holds only what is to be added to the rows in the store. */
  boolean partial;

  /** Number of ids, also while the rows are not on the heap; of a partial page, in the store. */
  int ids;

  /** Number of ids that have been added to a partial page. */
  int waiting;

  /** Bytes of the rows, as the cache has counted them. */
  long bytes;

  /** Whether the rows have changed since they were last written. */
  boolean dirty;

  /** Whether a version of the rows is in the store. */
  boolean stored;

  /** Position in the cache's list of pages on the heap. */
  int place;

  /** Whether it was used since the hand of the clock algorithm last passed. */
  boolean used;

  /** Whether it must stay on the heap for now. */
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
