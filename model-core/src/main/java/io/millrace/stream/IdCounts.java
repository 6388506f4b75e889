package io.millrace.stream;

import io.millrace.math.Mix64;
import it.unimi.dsi.fastutil.longs.Long2DoubleMap;
import it.unimi.dsi.fastutil.longs.Long2DoubleOpenHashMap;
import it.unimi.dsi.fastutil.longs.Long2LongMap;
import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongArrays;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Access counts of one shard of a field's ids: per pane, summed over the window's panes, and
 * decayed over all panes.
 *
 * <p>At the end of pane {@code p}: {@code decayed <- decay^(p - p') * decayed + count in p}, with
 * {@code p'} the pane that ended before, so that a quiet pane fades counts whether it was ended or
 * skipped. Counts of a pane that has closed cannot change; the gate has kept late events out.
 */
public final class IdCounts {

  private static final long SHARD_SEED = 0x5EED_0001L;
  private static final int FORMAT = 1;

  private final double decay;
  private final int maxIds;
  private final int panesPerWindow;
  private final TreeMap<Long, Long2LongOpenHashMap> panes = new TreeMap<>();
  private Long2DoubleOpenHashMap decayed = new Long2DoubleOpenHashMap();
  private long lastPane = Long.MIN_VALUE;

  /**
   * An empty shard.
   *
   * @param decay factor per pane, in (0, 1]
   * @param maxIds bound on the ids of this shard's decayed counts
   * @param panesPerWindow panes that a window sums over, at least 1
   */
  public IdCounts(double decay, int maxIds, int panesPerWindow) {
    this.decay = decay;
    this.maxIds = maxIds;
    this.panesPerWindow = panesPerWindow;
  }

  /** An empty shard with a job's options. */
  public static IdCounts of(CountOptions options, int panesPerWindow) {
    return new IdCounts(
        options.decay(), Math.max(1, options.maxIds() / options.shards()), panesPerWindow);
  }

  /** The shard of an id, in {@code [0, shards)}. */
  public static int shard(long id, int shards) {
    return Mix64.reduce(Mix64.mix(id, SHARD_SEED), shards);
  }

  /** Adds {@code n} accesses of {@code id} in {@code pane}. */
  public void add(long pane, long id, long n) {
    panes.computeIfAbsent(pane, p -> new Long2LongOpenHashMap()).addTo(id, n);
  }

  /**
   * Ends a pane.
   *
   * @return the counts of every id known, ascending by signed id
   */
  public CountTable closePane(long pane) {
    long firstPane = pane - panesPerWindow + 1;
    panes.headMap(firstPane).clear();
    Long2LongOpenHashMap closing = panes.getOrDefault(pane, new Long2LongOpenHashMap());
    fade(pane);
    long inPane = 0;
    for (Long2LongMap.Entry entry : closing.long2LongEntrySet()) {
      decayed.addTo(entry.getLongKey(), (double) entry.getLongValue());
      inPane += entry.getLongValue();
    }
    shrink();
    long[] ids = decayed.keySet().toLongArray();
    Arrays.sort(ids);
    long[] inWindow = new long[ids.length];
    double[] faded = new double[ids.length];
    for (int i = 0; i < ids.length; i++) {
      faded[i] = decayed.get(ids[i]);
      for (Map.Entry<Long, Long2LongOpenHashMap> p : panes.headMap(pane, true).entrySet()) {
        inWindow[i] += p.getValue().get(ids[i]);
      }
    }
    panes.headMap(firstPane + 1).clear();
    return new CountTable(inPane, ids, inWindow, faded);
  }

  private void fade(long pane) {
    if (decay < 1 && lastPane != Long.MIN_VALUE) {
      double factor =
          pane - lastPane == 1 ? decay : StrictMath.pow(decay, (double) (pane - lastPane));
      for (Long2DoubleMap.Entry entry : decayed.long2DoubleEntrySet()) {
        entry.setValue(entry.getDoubleValue() * factor);
      }
    }
    lastPane = pane;
  }

  /** Drops the smallest counts, and among equals the smaller ids, down to the bound. */
  private void shrink() {
    if (decayed.size() <= maxIds) {
      return;
    }
    long[] ids = decayed.keySet().toLongArray();
    LongArrays.quickSort(
        ids,
        (a, b) -> {
          int order = Double.compare(decayed.get(b), decayed.get(a));
          return order != 0 ? order : Long.compare(b, a);
        });
    Long2DoubleOpenHashMap kept = new Long2DoubleOpenHashMap(maxIds);
    for (int i = 0; i < maxIds; i++) {
      kept.put(ids[i], decayed.get(ids[i]));
    }
    decayed = kept;
  }

  /** Number of ids with a decayed count. */
  public int size() {
    return decayed.size();
  }

  /** Writes all counts in a fixed order. */
  public void writeState(DataOutput out) throws IOException {
    out.writeByte(FORMAT);
    out.writeLong(lastPane);
    out.writeInt(panes.size());
    for (Map.Entry<Long, Long2LongOpenHashMap> pane : panes.entrySet()) {
      out.writeLong(pane.getKey());
      long[] ids = pane.getValue().keySet().toLongArray();
      Arrays.sort(ids);
      out.writeInt(ids.length);
      for (long id : ids) {
        out.writeLong(id);
        out.writeLong(pane.getValue().get(id));
      }
    }
    long[] ids = decayed.keySet().toLongArray();
    Arrays.sort(ids);
    out.writeInt(ids.length);
    for (long id : ids) {
      out.writeLong(id);
      out.writeDouble(decayed.get(id));
    }
  }

  /** Reads what {@link #writeState} wrote. */
  public void readState(DataInput in) throws IOException {
    int format = in.readByte();
    if (format != FORMAT) {
      throw new IOException("counts: format must be " + FORMAT + " but was " + format);
    }
    lastPane = in.readLong();
    panes.clear();
    for (int p = in.readInt(); p > 0; p--) {
      long pane = in.readLong();
      int n = in.readInt();
      Long2LongOpenHashMap counts = new Long2LongOpenHashMap(n);
      for (int i = 0; i < n; i++) {
        counts.put(in.readLong(), in.readLong());
      }
      panes.put(pane, counts);
    }
    int n = in.readInt();
    decayed = new Long2DoubleOpenHashMap(n);
    for (int i = 0; i < n; i++) {
      decayed.put(in.readLong(), in.readDouble());
    }
  }
}
