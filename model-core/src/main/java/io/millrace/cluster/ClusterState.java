package io.millrace.cluster;

/**
 * The clusters of a running {@link FastClustering}, sorted by value, in parallel arrays of slots.
 *
 * <p>At first each cluster has one slot. A merged cluster keeps all slots of its members, so that a
 * merge writes only to the two ends of the result:
 *
 * <pre>
 *   slot       0   1   2   3   4   5
 *   cluster    A | B   .   B | C | D      B was merged from three
 *   other end  0   3   -   1   4   5
 * </pre>
 *
 * Value, count and size are stored at both ends; slots inside hold old values. Neighbours are
 * therefore always in adjacent slots: the pair of a slot is its cluster and the one that begins in
 * the next slot, if the slot is the last one of its cluster ({@link #isPair}). When a sixth of the
 * slots is unused, all clusters move together. 24 bytes per slot.
 */
final class ClusterState {

  /** Integers are summed exactly, in any order, if twice their sum is at most 2^53. */
  private static final double EXACT = 0x1p52;

  private static final int INSIDE = Integer.MAX_VALUE;

  private final double[] value;
  private final double[] count;

  /** Size in the upper half, other end in the lower; merges read both together. */
  private final long[] span;

  private int slots;
  private int length;

  /** Sum of the squared counts, while it is exact. */
  private double squares;

  private boolean exact;
  private double norm = 1;

  /** One cluster per id. */
  ClusterState(ValueOrder order, double[] counts, Parts parts) {
    this.length = counts.length;
    this.slots = length;
    this.value = new double[length];
    this.count = new double[length];
    this.span = new long[length];
    parts.run(length, (part, from, to) -> fill(order, counts, from, to));
    this.squares = sumSquares();
    this.exact = squares <= EXACT && wholeCounts();
  }

  private void fill(ValueOrder order, double[] counts, int from, int to) {
    for (int i = from; i < to; i++) {
      value[i] = order.value(i);
      count[i] = counts[order.ids()[i]];
      span[i] = span(1, i);
    }
  }

  private boolean wholeCounts() {
    for (double c : count) {
      if (c != Math.rint(c)) {
        return false;
      }
    }
    return true;
  }

  private static long span(int size, int otherEnd) {
    return (long) size << 32 | otherEnd;
  }

  /** Number of clusters. */
  int length() {
    return length;
  }

  /** Number of slots. */
  int slots() {
    return slots;
  }

  /** Value of the cluster that begins or ends at {@code slot}. */
  double value(int slot) {
    return value[slot];
  }

  double count(int slot) {
    return count[slot];
  }

  /** Number of ids. */
  int size(int slot) {
    return (int) (span[slot] >>> 32);
  }

  /** The cluster's last slot if this is its first, and its first if this is its last. */
  int otherEnd(int slot) {
    return (int) span[slot];
  }

  /** Whether this is the last slot of a cluster. */
  boolean isPair(int slot) {
    return otherEnd(slot) <= slot;
  }

  /** Number of ids of a pair. */
  long pairSize(int pair) {
    return (long) size(pair) + size(pair + 1);
  }

  /** L2 norm of the counts, as summed from left to right. */
  double norm() {
    return Math.sqrt(exact ? squares : sumSquares());
  }

  private double sumSquares() {
    double sum = 0;
    for (int i = 0; i < slots; i++) {
      double c = isPair(i) ? count[i] : 0;
      sum += c * c;
    }
    return sum;
  }

  /** Sets the norm that frequencies divide counts by. */
  void normalise(double newNorm) {
    norm = newNorm > 0 ? newNorm : 1;
  }

  /**
   * A bound on the sum of the counts of pairs whose frequency is at most {@code frequency}. The
   * frequency is at least 1 + sum / norm, up to seven roundings.
   */
  double countsUpTo(double frequency) {
    return norm * (frequency * (1 + 0x1p-46) - 1);
  }

  /** The key of a pair as a number with the same order; not negative. */
  long key(PairKey key, int pair) {
    double asDouble =
        switch (key) {
          case FREQUENCY -> (count[pair] / norm + 1) * (count[pair + 1] / norm + 1);
          case DISTANCE -> value[pair + 1] - value[pair];
          case SIZE -> pairSize(pair);
        };
    return Double.doubleToRawLongBits(asDouble);
  }

  /** Hides the boundary between two clusters that become one. */
  void join(int pair) {
    span[pair] = INSIDE;
    span[pair + 1] = INSIDE;
  }

  /** Sets the cluster from slot {@code first} to slot {@code last}. */
  void set(int first, int last, double newValue, double newCount, int newSize) {
    value[first] = newValue;
    value[last] = newValue;
    count[first] = newCount;
    count[last] = newCount;
    span[first] = span(newSize, last);
    span[last] = span(newSize, first);
  }

  /**
   * Ends the merges of a step.
   *
   * @param merges number of clusters that have disappeared
   * @param addedSquares increase of the sum of the squared counts
   */
  void merged(int merges, double addedSquares) {
    length -= merges;
    squares += addedSquares;
    exact &= squares <= EXACT;
    if (slots - length > length / 5) {
      compact();
    }
  }

  /** Moves the clusters to the first slots, one slot each. */
  void compact() {
    int to = 0;
    for (int from = 0; from < slots; from = otherEnd(from) + 1) {
      value[to] = value[from];
      count[to] = count[from];
      span[to++] = span[from];
    }
    for (int i = 0; i < to; i++) {
      span[i] = span(size(i), i);
    }
    slots = to;
  }
}
