package io.millrace.counts;

import io.millrace.spec.CountOptions;
import io.millrace.time.MapGrid;
import it.unimi.dsi.fastutil.longs.LongArrays;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import it.unimi.dsi.fastutil.longs.LongSet;
import it.unimi.dsi.fastutil.longs.LongSets;
import java.util.Arrays;

/**
 * What every implementation of a shard's counts does alike, so that all give the same bits.
 *
 * @param decay factor per pane, in (0, 1]
 * @param maxIds bound on the ids of this shard's decayed counts, at least 1
 * @param panesPerWindow panes that a window sums over, at least 1
 * @param maxIdle panes ended without an access after which an id is forgotten; 0 for never
 * @param perPane sub-windows of a pane that accesses are told apart by, at least 1; numbered
 *     through as in {@link MapGrid}
 */
public record CountRules(double decay, int maxIds, int panesPerWindow, long maxIdle, int perPane) {

  /** Rules for panes of one sub-window each, so that a sub-window's number is its pane's. */
  public CountRules(double decay, int maxIds, int panesPerWindow, long maxIdle) {
    this(decay, maxIds, panesPerWindow, maxIdle, 1);
  }

  /** The rules for a shard of a job with these options, in panes of these sub-windows. */
  public static CountRules of(CountOptions options, MapGrid grid) {
    int panesPerWindow = grid.windows().panesPerWindow();
    return new CountRules(
        options.decay(),
        Math.max(1, options.maxIds() / options.shards()),
        panesPerWindow,
        (long) options.forgetAfter() * panesPerWindow,
        grid.perPane());
  }

  /** The pane of a sub-window. */
  public long pane(long subWindow) {
    return Math.floorDiv(subWindow, perPane);
  }

  /** The last sub-window of a pane. */
  public long lastSubWindow(long pane) {
    return (pane + 1) * perPane - 1;
  }

  /** Whether a sub-window is the last one of its pane. */
  boolean endsPane(long subWindow) {
    return subWindow == lastSubWindow(pane(subWindow));
  }

  /** The first pane of the window that ends with {@code pane}. */
  long firstPane(long pane) {
    return pane - panesPerWindow + 1;
  }

  /**
   * What decayed counts are multiplied with at the end of {@code subWindow}: {@code decay} to the
   * power of the panes since the last one ended, in which a sub-window is a {@code perPane}-th.
   *
   * @param last the pane that ended before, {@code Long.MIN_VALUE} if there is none
   */
  double factor(long last, long subWindow) {
    if (decay == 1 || last == Long.MIN_VALUE) {
      return 1;
    }
    long pane = pane(subWindow);
    double inPane = (double) (subWindow - pane * perPane + 1) / perPane;
    double panes = (double) (pane - last - 1) + inPane;
    return panes == 1 ? decay : StrictMath.pow(decay, panes);
  }

  /**
   * Whether an id is to be forgotten at a pane's end.
   *
   * <p>Panes are counted as they end, not by their times: after a gap in the stream, or an event of
   * a far future, nothing is older than it was.
   *
   * @param seen the how-manieth pane to end was the last with an access of the id
   * @param ended the how-manieth the pane is that ends now
   */
  boolean forgotten(long seen, long ended) {
    return maxIdle > 0 && ended - seen >= maxIdle;
  }

  /** Bound on the ids of a pane that had no decayed count when the last pane ended. */
  int maxNewIds() {
    return (int) Math.min(2L * maxIds, Integer.MAX_VALUE);
  }

  /** Ids of a pane above which those that are too many are dropped before it ends. */
  long maxAccessed() {
    return 4L * maxIds;
  }

  /**
   * Ids that are not to be counted in a pane, as too many are new: all but those of the smallest
   * hashes.
   *
   * <p>The choice does not depend on the order of accesses: an id that is left at last was left
   * every time before, whenever the counts were cut down, and so its count is whole. Nor does it
   * depend on sub-windows: an id that is among so many smallest hashes of a whole pane is among
   * those of each sub-window that has it, so sub-windows that are cut down by themselves lose
   * nothing of it. Which ids are new changes at a pane's end alone, before which every pane is cut
   * down as a whole.
   *
   * @param newIds ids without a decayed count, in any order; reordered
   * @param left how many of them may be kept
   */
  static LongSet excess(long[] newIds, int left) {
    if (newIds.length <= left) {
      return LongSets.EMPTY_SET;
    }
    LongArrays.quickSort(
        newIds,
        (a, b) -> {
          int order = Integer.compareUnsigned(IdTable.hash(a), IdTable.hash(b));
          return order != 0 ? order : Long.compare(a, b);
        });
    return new LongOpenHashSet(newIds, left, newIds.length - left);
  }

  /**
   * The last id that a shard keeps if it has more than it may.
   *
   * @param count its decayed count
   * @param id the id
   */
  record Least(double count, long id) {
    /** Whether an id is kept: counts that are larger are, and among equals the larger ids. */
    boolean keeps(long otherId, double otherCount) {
      return otherCount > count || (otherCount == count && otherId >= id);
    }
  }

  /** The last of {@code n} ids to be kept, {@code n} more than the bound. */
  Least least(long[] ids, double[] counts, int n) {
    double[] sorted = Arrays.copyOf(counts, n);
    Arrays.sort(sorted);
    double least = sorted[n - maxIds];
    long above = Arrays.stream(counts, 0, n).filter(count -> count > least).count();
    long[] equals = new long[n];
    int m = 0;
    for (int i = 0; i < n; i++) {
      if (counts[i] == least) {
        equals[m++] = ids[i];
      }
    }
    Arrays.sort(equals, 0, m);
    return new Least(least, equals[m - (int) (maxIds - above)]);
  }
}
