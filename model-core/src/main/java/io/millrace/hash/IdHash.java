package io.millrace.hash;

/**
 * Maps a 64-bit id to the rows of the embedding table that it uses. Immutable.
 *
 * <p>Most hashes give an id one row. Those that give it several look it up in internal tables,
 * which are stacked: the first rows of the table are those of the first internal table, and so on,
 * so that rows are numbered through and {@link #rows} counts all of them.
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
   * Finds the only row, or the first one, of many ids, as {@link #row} does one by one, but faster
   * where rows are looked up in a map.
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
   * @param rows receives them in the order of the internal tables, {@code int[lookups()]} or longer
   * @return how many there are, in {@code [1, lookups()]}
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
