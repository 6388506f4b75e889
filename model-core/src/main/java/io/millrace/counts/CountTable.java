package io.millrace.counts;

import it.unimi.dsi.fastutil.longs.LongArrays;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * Counts of ids at the end of a pane or sub-window; columns are in the order of the ids.
 *
 * @param inPane accesses of all ids in the pane alone
 * @param ids ascending by signed value
 * @param inWindow accesses in the window that ends with the pane
 * @param clicksInWindow clicks among them
 * @param decayed accesses decayed over all panes so far
 * @param decayedClicks clicks, decayed by the same factor
 */
@SuppressWarnings("ArrayRecordComponent") // columns of a table; never written after construction
public record CountTable(
    long inPane,
    long[] ids,
    long[] inWindow,
    long[] clicksInWindow,
    double[] decayed,
    double[] decayedClicks) {

  /** Version of the bytes that {@link #write} writes. */
  public static final int FORMAT = 2;

  /** Zeros for the given ids; the caller fills the table before it shares it. */
  public static CountTable ofIds(long inPane, long[] ids) {
    int n = ids.length;
    return new CountTable(inPane, ids, new long[n], new long[n], new double[n], new double[n]);
  }

  /** Number of ids. */
  public int size() {
    return ids.length;
  }

  /** Position of {@code id}, or -1. */
  public int indexOf(long id) {
    return Math.max(-1, Arrays.binarySearch(ids, id));
  }

  /** Merges tables of disjoint ids, such as the shards of a field. */
  public static CountTable merge(List<CountTable> shards) {
    int n = 0;
    long inPane = 0;
    for (CountTable shard : shards) {
      n += shard.size();
      inPane += shard.inPane;
    }
    long[] keys = new long[n];
    int[] shard = new int[n];
    int[] row = new int[n];
    int at = 0;
    for (int s = 0; s < shards.size(); s++) {
      for (int i = 0; i < shards.get(s).size(); i++, at++) {
        keys[at] = shards.get(s).ids[i];
        shard[at] = s;
        row[at] = i;
      }
    }
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      order[i] = i;
    }
    LongArrays.radixSortIndirect(order, keys, true);
    CountTable merged = ofIds(inPane, new long[n]);
    for (int i = 0; i < n; i++) {
      CountTable from = shards.get(shard[order[i]]);
      int r = row[order[i]];
      merged.ids[i] = keys[order[i]];
      merged.inWindow[i] = from.inWindow[r];
      merged.clicksInWindow[i] = from.clicksInWindow[r];
      merged.decayed[i] = from.decayed[r];
      merged.decayedClicks[i] = from.decayedClicks[r];
    }
    return merged;
  }

  /** Writes {@code i64 inPane | i32 n | id, in window, clicks, decayed, decayed clicks} each. */
  public void write(DataOutput out) throws IOException {
    out.writeLong(inPane);
    out.writeInt(ids.length);
    for (int i = 0; i < ids.length; i++) {
      out.writeLong(ids[i]);
      out.writeLong(inWindow[i]);
      out.writeLong(clicksInWindow[i]);
      out.writeDouble(decayed[i]);
      out.writeDouble(decayedClicks[i]);
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param format version of the bytes; 1 had no clicks
   */
  public static CountTable read(DataInput in, int format) throws IOException {
    boolean clicks = format > 1;
    long inPane = in.readLong();
    int n = in.readInt();
    CountTable table = ofIds(inPane, new long[n]);
    for (int i = 0; i < n; i++) {
      table.ids[i] = in.readLong();
      table.inWindow[i] = in.readLong();
      table.clicksInWindow[i] = clicks ? in.readLong() : 0;
      table.decayed[i] = in.readDouble();
      table.decayedClicks[i] = clicks ? in.readDouble() : 0;
    }
    return table;
  }
}
