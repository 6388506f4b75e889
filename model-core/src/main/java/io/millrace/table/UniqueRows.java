package io.millrace.table;

import java.util.Arrays;

/**
 * Numbers the distinct rows of a batch in the order of their first use, so that a row's gradient is
 * summed before the optimiser step ("coalesced", as in PyTorch's sparse gradients).
 *
 * <p>An open-addressing table of at least twice the batch's rows. It is reused and allocates only
 * for a batch larger than any before.
 */
final class UniqueRows {

  private int[] slotRow = new int[0];
  private int[] slotNumber = new int[0];
  private int[] distinct = new int[0];
  private int[] numberAt = new int[0];
  private int count;

  /** Numbers the rows of {@code bags}; see {@link #number}. */
  void build(RowBags bags) {
    int n = bags.size();
    if (numberAt.length < n) {
      int capacity = Integer.highestOneBit(Math.max(64, n) * 2 - 1) * 2;
      slotRow = new int[capacity];
      slotNumber = new int[capacity];
      distinct = new int[capacity / 2];
      numberAt = new int[capacity / 2];
    }
    Arrays.fill(slotRow, -1);
    count = 0;
    int mask = slotRow.length - 1;
    for (int i = 0; i < n; i++) {
      int row = bags.row(i);
      int slot = (row * 0x9E3779B9 >>> 7) & mask;
      while (slotRow[slot] != row && slotRow[slot] != -1) {
        slot = (slot + 1) & mask;
      }
      if (slotRow[slot] == -1) {
        slotRow[slot] = row;
        slotNumber[slot] = count;
        distinct[count++] = row;
      }
      numberAt[i] = slotNumber[slot];
    }
  }

  /** Number of distinct rows. */
  int count() {
    return count;
  }

  /** The row with number {@code u}. */
  int row(int u) {
    return distinct[u];
  }

  /** Number of the row at a position of the bags, in {@code [0, count())}. */
  int number(int position) {
    return numberAt[position];
  }
}
