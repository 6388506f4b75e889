package io.millrace.stream;

import io.millrace.math.Mix64;
import it.unimi.dsi.fastutil.longs.Long2DoubleMap;
import it.unimi.dsi.fastutil.longs.Long2DoubleOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongArrays;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts of accesses and of clicks among them, for one shard of a field's ids: per pane, summed
 * over the window's panes, and decayed over all panes.
 *
 * <p>At the end of pane {@code p}: {@code decayed <- decay^(p - p') * decayed + count in p}, with
 * {@code p'} the pane that ended before, for accesses and clicks alike, so that a quiet pane fades
 * counts whether it was ended or skipped.
 *
 * <p>This class is told when a pane ends; it does not know which panes had events. In the loop in
 * one thread, a pane with an event on time is ended in every shard of every field. In the job a
 * combiner sits before the shards and holds accesses back until the next watermark or barrier: with
 * the first event of a pane it sends every shard an empty delta, the announcement, so all shards
 * end the same panes, those without accesses too. Each combiner announces on its own, and again
 * after a restart; an announcement that is repeated changes nothing. Accesses that come after their
 * pane has ended are not for this class: the gate takes late events out, and the shard's state
 * refuses what a partition that had been idle brings later still.
 */
public final class IdCounts {

  private static final long SHARD_SEED = 0x5EED_0001L;
  private static final int FORMAT = 2;

  private final double decay;
  private final int maxIds;
  private final int panesPerWindow;
  private final TreeMap<Long, IdTally> panes = new TreeMap<>();
  private Long2DoubleOpenHashMap decayed = new Long2DoubleOpenHashMap();
  private Long2DoubleOpenHashMap decayedClicks = new Long2DoubleOpenHashMap();
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

  /** Adds {@code n} accesses of {@code id} in {@code pane}, {@code clicks} of them clicks. */
  public void add(long pane, long id, long n, long clicks) {
    panes.computeIfAbsent(pane, p -> new IdTally()).add(id, n, clicks);
  }

  /**
   * Ends a pane.
   *
   * @return the counts of every id known, ascending by signed id
   */
  public CountTable closePane(long pane) {
    long firstPane = pane - panesPerWindow + 1;
    panes.headMap(firstPane).clear();
    fade(pane);
    long inPane = take(panes.getOrDefault(pane, new IdTally()));
    shrink();
    long[] ids = decayed.keySet().toLongArray();
    Arrays.sort(ids);
    CountTable table = CountTable.ofIds(inPane, ids);
    for (int i = 0; i < ids.length; i++) {
      table.decayed()[i] = decayed.get(ids[i]);
      table.decayedClicks()[i] = decayedClicks.get(ids[i]);
      for (IdTally p : panes.headMap(pane, true).values()) {
        table.inWindow()[i] += p.accesses(ids[i]);
        table.clicksInWindow()[i] += p.clicks(ids[i]);
      }
    }
    panes.headMap(firstPane + 1).clear();
    return table;
  }

  /** Adds a pane to the decayed counts; returns its accesses. */
  private long take(IdTally closing) {
    closing.forEach(
        (id, accesses, clicks) -> {
          decayed.addTo(id, (double) accesses);
          if (clicks > 0) {
            decayedClicks.addTo(id, (double) clicks);
          }
        });
    return closing.accesses();
  }

  private void fade(long pane) {
    if (decay < 1 && lastPane != Long.MIN_VALUE) {
      double factor =
          pane - lastPane == 1 ? decay : StrictMath.pow(decay, (double) (pane - lastPane));
      scale(decayed, factor);
      scale(decayedClicks, factor);
    }
    lastPane = pane;
  }

  private static void scale(Long2DoubleOpenHashMap counts, double factor) {
    for (Long2DoubleMap.Entry entry : counts.long2DoubleEntrySet()) {
      entry.setValue(entry.getDoubleValue() * factor);
    }
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
    decayedClicks.keySet().retainAll(kept.keySet());
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
    for (Map.Entry<Long, IdTally> pane : panes.entrySet()) {
      out.writeLong(pane.getKey());
      pane.getValue().write(out);
    }
    long[] ids = decayed.keySet().toLongArray();
    Arrays.sort(ids);
    out.writeInt(ids.length);
    for (long id : ids) {
      out.writeLong(id);
      out.writeDouble(decayed.get(id));
      out.writeDouble(decayedClicks.get(id));
    }
  }

  /** Reads what {@link #writeState} wrote, and format 1, which had no clicks. */
  public void readState(DataInput in) throws IOException {
    int format = in.readByte();
    if (format < 1 || format > FORMAT) {
      throw new IOException("counts: format must be 1 or 2 but was " + format);
    }
    boolean withClicks = format == FORMAT;
    lastPane = in.readLong();
    panes.clear();
    for (int p = in.readInt(); p > 0; p--) {
      panes.put(in.readLong(), IdTally.read(in, withClicks));
    }
    int n = in.readInt();
    decayed = new Long2DoubleOpenHashMap(n);
    decayedClicks = new Long2DoubleOpenHashMap();
    for (int i = 0; i < n; i++) {
      long id = in.readLong();
      decayed.put(id, in.readDouble());
      double clicks = withClicks ? in.readDouble() : 0;
      if (clicks > 0) {
        decayedClicks.put(id, clicks);
      }
    }
  }
}
