package io.millrace.cluster;

import io.millrace.cluster.ClusterOptions.ValueRule;

/**
 * The clusters of a running {@link FastClustering}, sorted by value, as parallel arrays of which
 * the first {@link #length} elements count. A cluster's members are the sorted ids from its start
 * to the start of the next one.
 */
final class ClusterState {

  private final ValueRule rule;
  private final double[] value;
  private final double[] count;
  private final int[] size;
  private final int[] start;
  private final double[] normalised;
  private int length;

  /** One cluster an id; {@code order} lists the ids by ascending value. */
  ClusterState(double[] values, double[] counts, int[] order, ValueRule rule) {
    this.rule = rule;
    this.length = values.length;
    this.value = new double[length];
    this.count = new double[length];
    this.size = new int[length];
    this.start = new int[length];
    this.normalised = new double[length];
    for (int i = 0; i < length; i++) {
      value[i] = values[order[i]] + 0.0;
      count[i] = counts[order[i]];
      size[i] = 1;
      start[i] = i;
    }
  }

  int length() {
    return length;
  }

  double value(int i) {
    return value[i];
  }

  double count(int i) {
    return count[i];
  }

  int size(int i) {
    return size[i];
  }

  int start(int i) {
    return start[i];
  }

  long pairSize(int pair) {
    return (long) size[pair] + size[pair + 1];
  }

  /** L2 norm of the counts, summed from left to right. */
  double norm() {
    double sum = 0;
    for (int i = 0; i < length; i++) {
      sum += count[i] * count[i];
    }
    return Math.sqrt(sum);
  }

  /** Prepares the frequency scores of this step. */
  void normalise(double norm) {
    for (int i = 0; i < length; i++) {
      normalised[i] = (norm > 0 ? count[i] / norm : 0) + 1;
    }
  }

  /** The key of one pair. */
  double key(PairKey key, int pair) {
    return switch (key) {
      case INDEX -> pair;
      case FREQUENCY -> normalised[pair] * normalised[pair + 1];
      case DISTANCE -> value[pair + 1] - value[pair];
      case SIZE -> pairSize(pair);
    };
  }

  /** The keys of the first {@code pairs} pairs; loops that the compiler turns into vectors. */
  void fillKeys(PairKey key, double[] keys, int pairs) {
    switch (key) {
      case FREQUENCY -> {
        for (int i = 0; i < pairs; i++) {
          keys[i] = normalised[i] * normalised[i + 1];
        }
      }
      case DISTANCE -> {
        for (int i = 0; i < pairs; i++) {
          keys[i] = value[i + 1] - value[i];
        }
      }
      default -> {
        for (int i = 0; i < pairs; i++) {
          keys[i] = key(key, i);
        }
      }
    }
  }

  /**
   * Merges the clusters {@code first[r]..last[r]} into one, for each of the ascending, disjoint
   * runs.
   */
  void merge(int[] first, int[] last, int runs) {
    int to = 0;
    int next = 0;
    for (int r = 0; r < runs; r++) {
      move(next, first[r], to);
      to += first[r] - next;
      mergeRun(first[r], last[r], to++);
      next = last[r] + 1;
    }
    move(next, length, to);
    length = to + length - next;
  }

  private void move(int from, int end, int to) {
    if (from != to) {
      System.arraycopy(value, from, value, to, end - from);
      System.arraycopy(count, from, count, to, end - from);
      System.arraycopy(size, from, size, to, end - from);
      System.arraycopy(start, from, start, to, end - from);
    }
  }

  private void mergeRun(int first, int last, int to) {
    int sizes = 0;
    double counts = 0;
    for (int i = first; i <= last; i++) {
      sizes += size[i];
      counts += count[i];
    }
    double mean = mean(first, last, counts);
    value[to] = Math.min(Math.max(mean, value[first]), value[last]);
    count[to] = counts;
    size[to] = sizes;
    start[to] = start[first];
  }

  private double mean(int first, int last, double counts) {
    boolean byCount = rule == ValueRule.COUNT && counts != 0;
    double sum = 0;
    double weights = 0;
    for (int i = first; i <= last; i++) {
      double weight = byCount ? count[i] : rule == ValueRule.SIZE ? size[i] : 1;
      sum += value[i] * weight;
      weights += weight;
    }
    return sum / weights;
  }
}
