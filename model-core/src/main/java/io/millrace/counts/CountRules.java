package io.millrace.counts;

import io.millrace.spec.CountOptions;
import io.millrace.time.MapGrid;
import it.unimi.dsi.fastutil.longs.LongArrays;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import it.unimi.dsi.fastutil.longs.LongSet;
import it.unimi.dsi.fastutil.longs.LongSets;
import java.util.Arrays;

/**
 * The rules that all implementations of a shard's counts follow, so that they give the same bits.
 *
 * @param decay factor per pane, in (0, 1]
 * @param maxIds bound on the ids of this shard's decayed counts, at least 1
 * @param panesPerWindow panes that a window sums over, at least 1
 * @param maxIdle panes ended without an access after which an id is forgotten; 0 for never
 * @param perPane sub-windows of a pane, at least 1; numbered as in {@link MapGrid}
 */
public record CountRules(double decay, int maxIds, int panesPerWindow, long maxIdle, int perPane) {

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
   * The factor of decayed counts at the end of {@code subWindow}: {@code decay} to the power of the
   * panes since the last pane ended; a sub-window is {@code 1 / perPane} of a pane.
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
   * <p>Panes are counted as they end, not by their times: a gap in the stream, or an event with a
   * time far in the future, makes no id older.
   *
   * @param seen number of panes that had ended with the last one that had an access of the id
   * @param ended number of panes that have ended with this one
   */
  boolean forgotten(long seen, long ended) {
    return maxIdle > 0 && ended - seen >= maxIdle;
  }

  /** Upper bound on the ids of a pane that had no decayed count when the last pane ended. */
  int maxNewIds() {
    return (int) Math.min(2L * maxIds, Integer.MAX_VALUE);
  }

  /** Number of ids of a pane above which {@link #excess} ids are dropped before the pane ends. */
  long maxAccessed() {
    return 4L * maxIds;
  }

  /**
   * Ids that are not counted in a pane because too many are new: all but those of the smallest
   * hashes.
   *
   * <p>The choice does not depend on the order of accesses: an id that is kept in the end was kept
   * by every earlier call, so its count is complete. Nor does it depend on sub-windows: an id with
   * one of the smallest hashes of a pane also has one of the smallest hashes of each sub-window
   * that contains it, so limiting each sub-window loses none of its accesses. Which ids are new
   * changes only at a pane's end, and every pane is limited as a whole just before.
   *
   * @param newIds ids without a decayed count, in any order; reordered
   * @param left number of ids that are kept
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
   * The last id that a shard keeps if it has more than its bound.
   *
   * @param count its decayed count
   * @param id the id
   */
  record Least(double count, long id) {
    /** Whether an id is kept: larger counts are, and of equal counts the larger ids. */
    boolean keeps(long otherId, double otherCount) {
      return otherCount > count || (otherCount == count && otherId >= id);
    }
  }

  /** The last one to keep of {@code n} ids, where {@code n} is above the bound. */
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
