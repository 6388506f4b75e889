package io.millrace.stream;

import io.millrace.math.Mix64;
import it.unimi.dsi.fastutil.longs.Long2DoubleMap;
import it.unimi.dsi.fastutil.longs.Long2DoubleOpenHashMap;
import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import it.unimi.dsi.fastutil.longs.LongArrays;
import java.util.Arrays;
import java.util.TreeMap;

/**
 * Counts of accesses and of clicks among them, for one shard of a field's ids: per pane, summed
 * over the window's panes, and decayed over all panes. All on the heap; {@link PagedCounts} is the
 * same in pages.
 *
 * <p>At the end of pane {@code p}: {@code decayed <- decay^(p - p') * decayed + count in p}, with
 * {@code p'} the pane that ended before, for accesses and clicks alike, so that a quiet pane fades
 * counts whether it was ended or skipped. Then ids without an access in so many panes are
 * forgotten, and the smallest counts beyond the bound. Of the ids of a pane that had no decayed
 * count when the last pane ended, at most twice the bound are counted, those of the smallest
 * hashes, so that a pane of endlessly new ids takes bounded room too.
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

  private final CountRules rules;
  private final TreeMap<Long, IdTally> panes = new TreeMap<>();
  private final Long2DoubleOpenHashMap decayed = new Long2DoubleOpenHashMap();
  private final Long2DoubleOpenHashMap decayedClicks = new Long2DoubleOpenHashMap();
  private final Long2LongOpenHashMap seen = new Long2LongOpenHashMap();
  private long lastPane = Long.MIN_VALUE;
  private long ended;

  /** An empty shard. */
  public IdCounts(CountRules rules) {
    this.rules = rules;
  }

  /** The shard of an id, in {@code [0, shards)}. */
  public static int shard(long id, int shards) {
    return Mix64.reduce(mix(id), shards);
  }

  /** An id's bits mixed: the upper half tells its shard, the lower half its place there. */
  static long mix(long id) {
    return Mix64.mix(id, SHARD_SEED);
  }

  /** Adds {@code n} accesses of {@code id} in {@code pane}, {@code clicks} of them clicks. */
  public void add(long pane, long id, long n, long clicks) {
    IdTally tally = panes.computeIfAbsent(pane, p -> new IdTally());
    if (tally.add(id, n, clicks) && tally.size() > rules.maxTallied()) {
      cutDown(tally);
    }
  }

  private void cutDown(IdTally tally) {
    if (tally.size() > rules.maxNewIds()) {
      LongArrayList newIds = new LongArrayList();
      tally.forEach(
          (id, accesses, clicks) -> {
            if (!decayed.containsKey(id)) {
              newIds.add(id);
            }
          });
      tally.removeAll(CountRules.excess(newIds.toLongArray(), rules.maxNewIds()));
    }
  }

  /**
   * Ends a pane.
   *
   * @return the counts of every id known, ascending by signed id
   */
  public CountTable closePane(long pane) {
    long firstPane = pane - rules.panesPerWindow() + 1;
    panes.headMap(firstPane).clear();
    panes.values().forEach(this::cutDown);
    ended++;
    fade(pane);
    long inPane = take(panes.getOrDefault(pane, new IdTally()));
    forget();
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
          seen.put(id, ended);
          decayed.addTo(id, (double) accesses);
          if (clicks > 0) {
            decayedClicks.addTo(id, (double) clicks);
          }
        });
    return closing.accesses();
  }

  private void fade(long pane) {
    double factor = rules.factor(lastPane, pane);
    if (factor != 1) {
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

  private void forget() {
    seen.values().removeIf((long last) -> rules.forgotten(last, ended));
    keepSeen();
  }

  private void keepSeen() {
    decayed.keySet().retainAll(seen.keySet());
    decayedClicks.keySet().retainAll(seen.keySet());
  }

  /** Drops the smallest counts, and among equals the smaller ids, down to the bound. */
  private void shrink() {
    if (decayed.size() <= rules.maxIds()) {
      return;
    }
    long[] ids = decayed.keySet().toLongArray();
    LongArrays.quickSort(
        ids,
        (a, b) -> {
          int order = Double.compare(decayed.get(b), decayed.get(a));
          return order != 0 ? order : Long.compare(b, a);
        });
    for (int i = rules.maxIds(); i < ids.length; i++) {
      seen.remove(ids[i]);
    }
    keepSeen();
  }

  /** Number of ids with a decayed count. */
  public int size() {
    return decayed.size();
  }
}
