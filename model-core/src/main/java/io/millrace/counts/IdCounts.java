package io.millrace.counts;

import io.millrace.math.Mix64;
import it.unimi.dsi.fastutil.longs.Long2DoubleMap;
import it.unimi.dsi.fastutil.longs.Long2DoubleOpenHashMap;
import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongArrays;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import it.unimi.dsi.fastutil.longs.LongSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Counts of accesses and of clicks among them, for one shard of a field's ids: per pane, summed
 * over the window's panes, and decayed over all panes. This plain version keeps all on the heap and
 * defines the results; {@link PagedCounts} keeps the same counts in pages.
 *
 * <p>At the end of pane {@code p}: {@code decayed <- decay^(p - p') * decayed + count in p}, with
 * {@code p'} the pane that ended before, for accesses and clicks alike, so that a quiet pane fades
 * counts whether it was ended or skipped. Then ids without an access in {@code maxIdle} panes are
 * forgotten, and the smallest counts beyond {@code maxIds} are dropped. Of the ids of a pane that
 * had no decayed count when the last pane ended, at most {@code 2 maxIds} are counted, those of the
 * smallest hashes, so that a pane full of new ids takes bounded memory too.
 *
 * <p>Accesses are added by sub-window, also to sub-windows after the open one. They are kept by
 * sub-window until it closes, so that {@link #tableAt} can return the counts in the middle of a
 * pane: as if the pane had ended there, with {@code decay} to the power of the share of the pane
 * that is over. This changes no count, and the counts at the ends of panes are the same, to the
 * bit, however many sub-windows a pane has. Where a pane has one sub-window, accesses are added to
 * the pane at once.
 *
 * <p>The caller decides when a pane ends; this class does not know which panes had events. In the
 * loop in one thread, a pane with an event on time ends in every shard of every field. In the job,
 * a combiner before the shards holds accesses back until the next watermark or barrier. With the
 * first event of a pane it sends every shard an empty delta, the announcement, so all shards end
 * the same panes, also those without accesses. Each combiner announces by itself, and again after a
 * restart; a repeated announcement changes nothing. Accesses whose pane has ended never reach this
 * class: the gate marks late events, and the shard's state refuses accesses that a partition sends
 * even later because it had been idle.
 */
public final class IdCounts {

  private static final long SHARD_SEED = 0x5EED_0001L;

  private final CountRules rules;

  /** Closed sub-windows of each pane; a pane with an open sub-window is there too. */
  private final TreeMap<Long, AccessCounts> panes;

  private final TreeMap<Long, AccessCounts> openSubWindows = new TreeMap<>();
  private final Long2DoubleOpenHashMap decayed;
  private final Long2DoubleOpenHashMap decayedClicks;
  private final Long2LongOpenHashMap seen;
  private long lastPane = Long.MIN_VALUE;
  private long ended;

  /** An empty shard. */
  public IdCounts(CountRules rules) {
    this.rules = rules;
    this.panes = new TreeMap<>();
    this.decayed = new Long2DoubleOpenHashMap();
    this.decayedClicks = new Long2DoubleOpenHashMap();
    this.seen = new Long2LongOpenHashMap();
  }

  /** A shard's counts up to a pane, without open sub-windows; those of panes are shared. */
  private IdCounts(IdCounts from, long pane) {
    this.rules = from.rules;
    this.panes = new TreeMap<>(from.panes.headMap(pane, true));
    this.decayed = from.decayed.clone();
    this.decayedClicks = from.decayedClicks.clone();
    this.seen = from.seen.clone();
    this.lastPane = from.lastPane;
    this.ended = from.ended;
  }

  /** The shard of an id, in {@code [0, shards)}. */
  public static int shard(long id, int shards) {
    return Mix64.reduce(mix(id), shards);
  }

  /** An id's bits mixed: the upper half chooses its shard, the lower half its place in a table. */
  public static long mix(long id) {
    return Mix64.mix(id, SHARD_SEED);
  }

  /** Adds {@code n} accesses of {@code id} in {@code subWindow}, {@code clicks} of them clicks. */
  public void add(long subWindow, long id, long n, long clicks) {
    AccessCounts counted = rules.perPane() == 1 ? pane(subWindow) : openSubWindow(subWindow);
    if (counted.add(id, n, clicks)) {
      bound(counted);
    }
  }

  private AccessCounts pane(long pane) {
    return panes.computeIfAbsent(pane, p -> new AccessCounts());
  }

  private AccessCounts openSubWindow(long subWindow) {
    return openSubWindows.computeIfAbsent(
        subWindow,
        p -> {
          pane(rules.pane(p));
          return new AccessCounts();
        });
  }

  private void bound(AccessCounts counted) {
    if (counted.size() > rules.maxAccessed()) {
      cutDown(List.of(counted));
    }
  }

  /** Drops the {@link CountRules#excess} of ids without a decayed count from a pane's counts. */
  private void cutDown(List<AccessCounts> ofPane) {
    if (ofPane.stream().mapToLong(AccessCounts::size).sum() > rules.maxNewIds()) {
      LongSet newIds = new LongOpenHashSet();
      for (AccessCounts counted : ofPane) {
        counted.forEach(
            (id, accesses, clicks) -> {
              if (!decayed.containsKey(id)) {
                newIds.add(id);
              }
            });
      }
      LongSet excess = CountRules.excess(newIds.toLongArray(), rules.maxNewIds());
      ofPane.forEach(counted -> counted.removeAll(excess));
    }
  }

  /** Closes a sub-window and the open ones before it; adds their accesses to their panes. */
  public void closeSubWindow(long subWindow) {
    NavigableMap<Long, AccessCounts> closing = openSubWindows.headMap(subWindow, true);
    while (!closing.isEmpty()) {
      Map.Entry<Long, AccessCounts> first = closing.pollFirstEntry();
      AccessCounts pane = pane(rules.pane(first.getKey()));
      first.getValue().forEach(pane::add);
      bound(pane);
    }
  }

  /**
   * Ends a pane, and closes its open sub-windows.
   *
   * @return the counts of every id known, ascending by signed id
   */
  public CountTable closePane(long pane) {
    closeSubWindow(rules.lastSubWindow(pane));
    return end(rules.lastSubWindow(pane));
  }

  /**
   * The counts that {@link #closePane} would return if the pane ended with a sub-window, except
   * that ids are forgotten only at a pane's last sub-window. Changes no count.
   *
   * @param subWindow closed, of a pane that has not ended
   */
  public CountTable tableAt(long subWindow) {
    return new IdCounts(this, rules.pane(subWindow)).end(subWindow);
  }

  private CountTable end(long subWindow) {
    long pane = rules.pane(subWindow);
    long firstPane = rules.firstPane(pane);
    panes.headMap(firstPane).clear();
    panes.keySet().forEach(p -> cutDown(ofPane(p)));
    ended++;
    fade(rules.factor(lastPane, subWindow));
    lastPane = pane;
    long inPane = addToDecayed(panes.getOrDefault(pane, new AccessCounts()));
    if (rules.endsPane(subWindow)) {
      forget();
    }
    shrink();
    long[] ids = decayed.keySet().toLongArray();
    Arrays.sort(ids);
    CountTable table = CountTable.ofIds(inPane, ids);
    for (int i = 0; i < ids.length; i++) {
      table.decayed()[i] = decayed.get(ids[i]);
      table.decayedClicks()[i] = decayedClicks.get(ids[i]);
      for (AccessCounts p : panes.headMap(pane, true).values()) {
        table.inWindow()[i] += p.accesses(ids[i]);
        table.clicksInWindow()[i] += p.clicks(ids[i]);
      }
    }
    panes.headMap(firstPane + 1).clear();
    return table;
  }

  /** All that is counted of a pane. */
  private List<AccessCounts> ofPane(long pane) {
    List<AccessCounts> counted = new ArrayList<>(List.of(panes.get(pane)));
    counted.addAll(
        openSubWindows
            .subMap(rules.lastSubWindow(pane - 1), false, rules.lastSubWindow(pane), true)
            .values());
    return counted;
  }

  /** Adds a pane to the decayed counts; returns its accesses. */
  private long addToDecayed(AccessCounts closing) {
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

  private void fade(double factor) {
    if (factor != 1) {
      scale(decayed, factor);
      scale(decayedClicks, factor);
    }
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
}
