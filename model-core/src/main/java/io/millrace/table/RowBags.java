package io.millrace.table;

import java.util.Arrays;

/**
 * The rows that a batch uses in one table: a bag of rows per example, stored flat.
 *
 * <p>Reused from batch to batch; allocates only while batches become larger.
 */
public final class RowBags {

  private int[] rows = new int[0];
  private int[] ends = new int[0];
  private int size;
  private int examples;

  /** Empties the bags for the next batch. */
  public void clear() {
    size = 0;
    examples = 0;
  }

  /** Adds a row to the example being filled. */
  public void add(int row) {
    if (size == rows.length) {
      rows = Arrays.copyOf(rows, Math.max(64, 2 * size));
    }
    rows[size++] = row;
  }

  /** Ends the example being filled. */
  public void endExample() {
    if (examples == ends.length) {
      ends = Arrays.copyOf(ends, Math.max(64, 2 * examples));
    }
    ends[examples++] = size;
  }

  /** Number of examples. */
  public int examples() {
    return examples;
  }

  /** Total number of rows in all bags. */
  public int size() {
    return size;
  }

  /** Position of example {@code b}'s first row. */
  public int start(int b) {
    return b == 0 ? 0 : ends[b - 1];
  }

  /** Position after example {@code b}'s last row. */
  public int end(int b) {
    return ends[b];
  }

  /** The row at a position. */
  public int row(int position) {
    return rows[position];
  }
}
