package io.millrace.hash;

import io.millrace.math.Mix64;

/**
 * The rows into which ids without a row of their own are hashed.
 *
 * @param first number of the first row, at least 0
 * @param rows number of rows, at least 1
 */
public record RowRange(int first, int rows) {

  public RowRange {
    if (first < 0 || rows < 1) {
      throw new IllegalArgumentException(
          "a range needs a first row >= 0 and rows >= 1 but had " + rows + " from " + first);
    }
  }

  /** The row after the last one. */
  public int end() {
    return first + rows;
  }

  /**
   * Row of an id for a lookup; the hashes of different lookups are independent.
   *
   * @param lookup number of the lookup, from 0
   * @param seed chooses the hashes
   */
  public int row(long id, int lookup, long seed) {
    return first + Mix64.reduce(Mix64.mix(id, seed + lookup), rows);
  }
}
