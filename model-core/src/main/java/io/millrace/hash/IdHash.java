package io.millrace.hash;

/**
 * Maps a 64-bit id to its rows in an embedding table. Immutable.
 *
 * <p>Most hashes give an id one row. The others give it a row in each of several internal tables,
 * which are stacked: the rows of the first internal table come first, and so on. Rows are numbered
 * consecutively, and {@link #rows} counts all of them.
 */
public interface IdHash {

  /** Rows of the table, over all internal tables. */
  int rows();

  /** Most rows that an id uses, at least 1. */
  default int lookups() {
    return 1;
  }

  /** The only row of {@code id}, or its first one, in {@code [0, rows())}. */
  int row(long id);

  /**
   * Finds the only row, or the first one, of many ids, as {@link #row} does for one, but faster if
   * rows are looked up in a map.
   *
   * @param ids the first {@code n} are looked up
   * @param rows receives their rows, {@code int[n]} or longer
   */
  default void rows(long[] ids, int n, int[] rows) {
    for (int i = 0; i < n; i++) {
      rows[i] = row(ids[i]);
    }
  }

  /**
   * Finds all rows of {@code id}.
   *
   * @param rows receives the rows in the order of the internal tables, {@code int[lookups()]} or
   *     longer
   * @return number of rows, in {@code [1, lookups()]}
   */
  default int lookUp(long id, int[] rows) {
    rows[0] = row(id);
    return 1;
  }

  /**
   * Bytes that a server needs to hold or receive for this hash, as serialised; 0 if it is a
   * formula.
   */
  long serializedBytes();
}
