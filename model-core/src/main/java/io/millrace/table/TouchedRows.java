package io.millrace.table;

import java.util.BitSet;

/**
 * Which rows of a table, or slots of a linear part, have changed since they were last taken: a bit
 * each, set beside the updates. Not part of any state. One thread at a time.
 */
public final class TouchedRows {

  private final BitSet rows = new BitSet();
  private boolean moved;

  /** A row has changed, or is new. */
  public void add(int row) {
    rows.set(row);
  }

  /** The rows of a batch have changed. */
  void add(UniqueRows batch) {
    for (int u = 0; u < batch.count(); u++) {
      rows.set(batch.row(u));
    }
  }

  /** The rows in {@code [from, to)} are new. */
  void addNew(int from, int to) {
    if (from < to) {
      rows.set(from, to);
    }
  }

  /** Rows have got other numbers: all must be read anew. */
  public void move() {
    moved = true;
  }

  /** Whether rows have got other numbers since the last {@link #clear}. */
  public boolean moved() {
    return moved;
  }

  /** Number of rows that have changed. */
  public int count() {
    return rows.cardinality();
  }

  /** The rows that have changed, ascending; none has afterwards. */
  public int[] take() {
    int[] taken = new int[rows.cardinality()];
    int next = 0;
    for (int row = rows.nextSetBit(0); row >= 0; row = rows.nextSetBit(row + 1)) {
      taken[next++] = row;
    }
    rows.clear();
    return taken;
  }

  /** All rows have been read: none has changed or moved. */
  public void clear() {
    rows.clear();
    moved = false;
  }
}
