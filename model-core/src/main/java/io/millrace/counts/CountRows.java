package io.millrace.counts;

import it.unimi.dsi.fastutil.longs.LongArrays;
import it.unimi.dsi.fastutil.longs.LongSet;
import java.io.IOException;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.LongPredicate;

/**
 * Columns of the table that {@link PagedCounts} returns, in the order of the pages.
 *
 * <p>A range of hashes is {@code [from, to)}, as unsigned numbers.
 */
final class CountRows {

  private final long[] ids;
  private final long[] inWindow;
  private final long[] clicksInWindow;
  private final double[] decayed;
  private final double[] decayedClicks;
  private int n;

  /** No rows, and room for {@code capacity}. */
  CountRows(int capacity) {
    ids = new long[capacity];
    inWindow = new long[capacity];
    clicksInWindow = new long[capacity];
    decayed = new double[capacity];
    decayedClicks = new double[capacity];
  }

  /** Number of rows. */
  int size() {
    return n;
  }

  /** Whether an id's hash is in a range. */
  static boolean within(long id, long from, long to) {
    long hash = Integer.toUnsignedLong(IdTable.hash(id));
    return hash >= from && hash < to;
  }

  /** Adds a row for every id of a page of decayed counts that is in a range of hashes. */
  void addDecayed(IdTable page, long from, long to) {
    for (int at = page.next(-1); at >= 0; at = page.next(at)) {
      if (within(page.id(at), from, to)) {
        append(
            page.id(at),
            page.getDouble(at, PagedCounts.ACCESSES),
            page.getDouble(at, PagedCounts.CLICKS));
      }
    }
  }

  /** Adds rows of ids without a decayed count. */
  void addNew(LongSet newIds) {
    newIds.forEach((long id) -> append(id, 0, 0));
  }

  private void append(long id, double accesses, double clicks) {
    ids[n] = id;
    inWindow[n] = 0;
    clicksInWindow[n] = 0;
    decayed[n] = accesses;
    decayedClicks[n++] = clicks;
  }

  /** Adds the panes' counts to the rows from {@code first} on; their ids are in the range. */
  void addWindow(int first, List<PagedTable> panes, long from, long to) throws IOException {
    for (PagedTable pane : panes) {
      for (long start = from; start < to; ) {
        Page page = pane.page(start);
        addPage(first, pane.open(page));
        start = page.end();
      }
    }
  }

  private void addPage(int first, IdTable page) {
    for (int i = first; i < n; i++) {
      int at = page.find(ids[i], IdTable.hash(ids[i]));
      inWindow[i] += at < 0 ? 0 : page.get(at, PagedCounts.ACCESSES);
      clicksInWindow[i] += at < 0 ? 0 : page.get(at, PagedCounts.CLICKS);
    }
  }

  /**
   * Multiplies the decayed counts of the rows from {@code first} on by a factor, and adds the
   * counts in the window, to which only the closing pane has been added so far.
   *
   * @return accesses in the window
   */
  long fadeAndAddWindow(int first, double factor) {
    long sum = 0;
    for (int i = first; i < n; i++) {
      decayed[i] = decayed[i] * factor + (double) inWindow[i];
      decayedClicks[i] = decayedClicks[i] * factor + (double) clicksInWindow[i];
      sum += inWindow[i];
    }
    return sum;
  }

  /** Drops the rows from {@code first} on without an access in the window that are forgotten. */
  void removeUnseen(int first, LongPredicate forgotten) {
    removeIf(first, row -> inWindow[row] == 0 && forgotten.test(ids[row]));
  }

  /** The last row to keep, where there are more than the rules allow. */
  CountRules.Least least(CountRules rules) {
    return rules.least(ids, decayed, n);
  }

  /** Drops the rows that are not kept. */
  void keep(CountRules.Least least) {
    removeIf(0, row -> !least.keeps(ids[row], decayed[row]));
  }

  private void removeIf(int first, IntPredicate dropped) {
    int kept = first;
    for (int i = first; i < n; i++) {
      if (!dropped.test(i)) {
        ids[kept] = ids[i];
        inWindow[kept] = inWindow[i];
        clicksInWindow[kept] = clicksInWindow[i];
        decayed[kept] = decayed[i];
        decayedClicks[kept++] = decayedClicks[i];
      }
    }
    n = kept;
  }

  /**
   * The rows as a table.
   *
   * @param inPane accesses in the pane
   */
  CountTable sorted(long inPane) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      order[i] = i;
    }
    LongArrays.radixSortIndirect(order, ids, true);
    CountTable table = CountTable.ofIds(inPane, new long[n]);
    for (int i = 0; i < n; i++) {
      int from = order[i];
      table.ids()[i] = ids[from];
      table.inWindow()[i] = inWindow[from];
      table.clicksInWindow()[i] = clicksInWindow[from];
      table.decayed()[i] = decayed[from];
      table.decayedClicks()[i] = decayedClicks[from];
    }
    return table;
  }
}
