package io.millrace.stream;

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
