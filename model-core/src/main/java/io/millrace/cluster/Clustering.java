package io.millrace.cluster;

import java.util.Arrays;

/**
 * A finished clustering. Rows are numbered by ascending value.
 *
 * <p>The arrays are not copied: the caller owns them.
 */
public final class Clustering {

  private final int[] rowOf;
  private final double[] values;
  private final int[] sizes;
  private final double[] counts;
  private final int steps;
  private final int fallbackSteps;

  Clustering(
      int[] rowOf, double[] values, int[] sizes, double[] counts, int steps, int fallbackSteps) {
    this.rowOf = rowOf;
    this.values = values;
    this.sizes = sizes;
    this.counts = counts;
    this.steps = steps;
    this.fallbackSteps = fallbackSteps;
  }

  /** Row of each id, in the order of the input. */
  public int[] rowOf() {
    return rowOf;
  }

  /** Number of rows: as many as requested, fewer if there are fewer ids. */
  public int rows() {
    return values.length;
  }

  /** Value of each row, ascending. */
  public double[] values() {
    return values;
  }

  /** Number of ids in each row. */
  public int[] sizes() {
    return sizes;
  }

  /** Sum of the counts in each row. */
  public double[] counts() {
    return counts;
  }

  /** Steps taken; each merges at least one pair. */
  public int steps() {
    return steps;
  }

  /**
   * Steps in which the size cap was not enforced, because every candidate exceeded it (or there is
   * no cap).
   */
  public int fallbackSteps() {
    return fallbackSteps;
  }

  /** Size of the largest row, 0 if there is none. */
  public int largestRow() {
    return Arrays.stream(sizes).max().orElse(0);
  }

  static void check(double[] values, double[] counts, int rows) {
    if (values.length != counts.length) {
      throw new IllegalArgumentException(
          "as many counts as values expected but were " + counts.length + " and " + values.length);
    }
    if (rows < 1) {
      throw new IllegalArgumentException("rows must be >= 1 but was " + rows);
    }
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        throw new IllegalArgumentException("value must be finite but was " + values[i]);
      }
      if (!(counts[i] >= 0 && Double.isFinite(counts[i]))) {
        throw new IllegalArgumentException("count must be finite and >= 0 but was " + counts[i]);
      }
    }
  }
}
