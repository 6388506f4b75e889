package io.millrace.cluster;

import io.millrace.cluster.ClusterOptions.ChainSplit;
import io.millrace.cluster.ClusterOptions.ValueRule;

/**
 * Merges the pairs that a step selected. Pairs that touch form a chain, AB and BC make ABC; a chain
 * beyond the cap is split first. Sections of the list are merged in parallel; no chain lies in two
 * sections.
 */
final class Chains {

  private final ClusterState clusters;
  private final ClusterOptions options;
  private final int cap;
  private final Parts parts;

  Chains(ClusterState clusters, ClusterOptions options, int cap, Parts parts) {
    this.clusters = clusters;
    this.options = options;
    this.cap = cap;
    this.parts = parts;
  }

  /**
   * Merges the first {@code length} pairs.
   *
   * @param pairs by ascending position
   * @param split whether chains beyond the cap are split
   */
  void merge(int[] pairs, int length, boolean split) {
    int[] starts = new int[parts.count(length) + 1];
    for (int p = 0; p < starts.length; p++) {
      starts[p] = chainStart(pairs, length, parts.start(p, length));
    }
    Work[] work = new Work[starts.length - 1];
    boolean capped = split && cap != ClusterOptions.NO_CAP;
    parts.run(
        length,
        (part, from, to) -> {
          work[part] = new Work(pairs);
          work[part].run(starts[part], starts[part + 1], capped);
        });
    int merges = 0;
    double squares = 0;
    for (Work done : work) {
      merges += done.merges;
      squares += done.squares;
    }
    clusters.merged(merges, squares);
  }

  /** The first chain that begins at position {@code from} or after it. */
  private int chainStart(int[] pairs, int length, int from) {
    int start = from;
    while (start > 0 && start < length && touch(pairs[start - 1], pairs[start])) {
      start++;
    }
    return start;
  }

  private boolean touch(int pair, int next) {
    return clusters.otherEnd(pair + 1) == next;
  }

  /** The merges of one section. */
  private final class Work {
    private final int[] pairs;
    private int merges;
    private double squares;

    Work(int[] pairs) {
      this.pairs = pairs;
    }

    private void run(int start, int end, boolean capped) {
      for (int from = start; from < end; ) {
        int to = from + 1;
        while (to < end && touch(pairs[to - 1], pairs[to])) {
          to++;
        }
        if (capped && tooLarge(from, to)) {
          split(from, to);
        } else {
          join(from, to);
        }
        from = to;
      }
    }

    private boolean tooLarge(int from, int to) {
      long size = clusters.size(pairs[from]);
      for (int i = from; i < to; i++) {
        size += clusters.size(pairs[i] + 1);
      }
      return options.exceeds(size, cap);
    }

    private void split(int from, int to) {
      if (options.chainSplit() == ChainSplit.PAIRS) {
        for (int i = from; i < to; i += 2) {
          join(i, i + 1);
        }
      } else {
        splitGreedy(from, to);
      }
    }

    private void splitGreedy(int from, int to) {
      for (int head = from; head < to; ) {
        int tail = head;
        long size = clusters.size(pairs[head]);
        while (tail < to && !options.exceeds(size + clusters.size(pairs[tail] + 1), cap)) {
          size += clusters.size(pairs[tail++] + 1);
        }
        if (tail > head) {
          join(head, tail);
        }
        head = tail + 1;
      }
    }

    /** Makes one cluster of the chain of pairs {@code from} to {@code to - 1}. */
    private void join(int from, int to) {
      int size = 0;
      double count = 0;
      double before = 0;
      for (int i = from; i <= to; i++) {
        int part = part(i, to);
        size += clusters.size(part);
        count += clusters.count(part);
        before += clusters.count(part) * clusters.count(part);
      }
      int first = clusters.otherEnd(pairs[from]);
      int last = clusters.otherEnd(part(to, to));
      double mean = mean(from, to, count);
      double value = Math.min(Math.max(mean, clusters.value(first)), clusters.value(last));
      for (int i = from; i < to; i++) {
        clusters.join(pairs[i]);
      }
      clusters.set(first, last, value, count, size);
      merges += to - from;
      squares += count * count - before;
    }

    /** One end of the {@code i}-th cluster of a chain whose last pair is {@code to - 1}. */
    private int part(int i, int to) {
      return i < to ? pairs[i] : pairs[to - 1] + 1;
    }

    private double mean(int from, int to, double count) {
      ValueRule rule = options.valueRule();
      boolean byCount = rule == ValueRule.COUNT && count != 0;
      double sum = 0;
      double weights = 0;
      for (int i = from; i <= to; i++) {
        int part = part(i, to);
        double weight =
            byCount ? clusters.count(part) : rule == ValueRule.SIZE ? clusters.size(part) : 1;
        sum += clusters.value(part) * weight;
        weights += weight;
      }
      return sum / weights;
    }
  }
}
