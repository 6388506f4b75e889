package io.millrace.stream;

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
 */
public record CountRules(double decay, int maxIds, int panesPerWindow, long maxIdle) {

  /** The rules for a shard of a job with these options. */
  public static CountRules of(CountOptions options, int panesPerWindow) {
    return new CountRules(
        options.decay(),
        Math.max(1, options.maxIds() / options.shards()),
        panesPerWindow,
        (long) options.forgetAfter() * panesPerWindow);
  }

  /**
   * What decayed counts are multiplied with at the end of {@code pane}.
   *
   * @param last the pane that ended before, {@code Long.MIN_VALUE} if there is none
   */
  double factor(long last, long pane) {
    if (decay == 1 || last == Long.MIN_VALUE) {
      return 1;
    }
    return pane - last == 1 ? decay : StrictMath.pow(decay, (double) (pane - last));
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
  long maxTallied() {
    return 4L * maxIds;
  }

  /**
   * Ids that are not to be counted in a pane, as too many are new: all but those of the smallest
   * hashes.
   *
   * <p>The choice does not depend on the order of accesses: an id that is left at last was left
   * every time before, whenever the tally was cut down, and so its count is whole.
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
