package io.millrace.cluster;

/**
 * Lists the pairs that may not come after a bound in an order, in one quick sweep over the slots
 * without branches and divisions. A listed pair may still come after the bound; a pair that is not
 * listed certainly does.
 *
 * <ul>
 *   <li>Frequency first: the sum of the counts is compared instead.
 *   <li>Frequency, then distance, because many frequencies are equal: if both counts are at least
 *       those of the bound, so is the frequency, however it is rounded; if the pair is also farther
 *       apart, it comes after the bound.
 *   <li>Distance first: the distance is compared.
 * </ul>
 *
 * <p>Non-negative numbers are compared by the sign of the difference of their bits.
 */
final class PairSweep {

  private final ClusterState clusters;
  private final PairKey key;
  private final boolean thenDistance;

  /** The bits of the largest listed number, plus 1. */
  private final long above;

  private final long aboveDistance;
  private final long lowCount;
  private final long highCount;

  PairSweep(ClusterState clusters, PairOrder order, PairBound bound) {
    this.clusters = clusters;
    this.key = order.key(0);
    this.thenDistance =
        key == PairKey.FREQUENCY && order.depth() > 1 && order.key(1) == PairKey.DISTANCE;
    double counts = clusters.countsUpTo(Double.longBitsToDouble(bound.key(0)));
    this.above = 1 + (key == PairKey.FREQUENCY ? Double.doubleToRawLongBits(counts) : bound.key(0));
    this.aboveDistance = thenDistance ? 1 + bound.key(1) : 0;
    double left = clusters.count(bound.pair());
    double right = clusters.count(bound.pair() + 1);
    this.lowCount = Double.doubleToRawLongBits(Math.min(left, right));
    this.highCount = Double.doubleToRawLongBits(Math.max(left, right));
  }

  /**
   * Lists pairs of the slots {@code [from, to)}.
   *
   * @param list has room for all of them from position {@code start} on
   * @return the new end of the list
   */
  int run(int from, int to, int[] list, int start) {
    int end =
        switch (key) {
          case FREQUENCY -> byCounts(from, to, list, start);
          case DISTANCE -> byDistance(from, to, list, start);
          case SIZE -> all(from, to, list, start);
        };
    return keepPairs(list, start, thenDistance ? dropDistant(list, start, end) : end);
  }

  private int byCounts(int from, int to, int[] list, int start) {
    int end = start;
    for (int slot = from; slot < to; slot++) {
      list[end] = slot;
      end += below(clusters.count(slot) + clusters.count(slot + 1), above);
    }
    return end;
  }

  private int byDistance(int from, int to, int[] list, int start) {
    int end = start;
    for (int slot = from; slot < to; slot++) {
      list[end] = slot;
      end += below(clusters.value(slot + 1) - clusters.value(slot), above);
    }
    return end;
  }

  private static int all(int from, int to, int[] list, int start) {
    for (int slot = from; slot < to; slot++) {
      list[start + slot - from] = slot;
    }
    return start + to - from;
  }

  private int dropDistant(int[] list, int start, int end) {
    int kept = start;
    for (int i = start; i < end; i++) {
      int slot = list[i];
      list[kept] = slot;
      double left = clusters.count(slot);
      double right = clusters.count(slot + 1);
      int rare =
          (below(left, lowCount) | below(right, highCount))
              & (below(left, highCount) | below(right, lowCount));
      kept += rare | below(clusters.value(slot + 1) - clusters.value(slot), aboveDistance);
    }
    return kept;
  }

  private int keepPairs(int[] list, int start, int end) {
    int kept = start;
    for (int i = start; i < end; i++) {
      list[kept] = list[i];
      kept += clusters.isPair(list[i]) ? 1 : 0;
    }
    return kept;
  }

  /** 1 if the number is less than the one with the given bits, else 0. */
  private static int below(double number, long bits) {
    return (int) ((Double.doubleToRawLongBits(number) - bits) >>> 63);
  }
}
