package io.millrace.cluster;

import io.millrace.math.Mix64;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * The candidate pairs of a step, by position: a set with an order, which is not sorted.
 *
 * <p>The reference sorts stably by each filter's key and keeps a prefix. That is equal to keeping
 * the smallest pairs in a lexicographic order; so it is enough to find the last pair of the prefix
 * and to drop the pairs after it. At first the candidates are all pairs: a sample then gives a
 * bound that few pairs pass, and a parallel sweep lists those.
 */
final class Candidates {

  private static final int BLOCK = 2048;

  private final ClusterState clusters;
  private final Parts parts;
  private final int sampleSize;
  private final PairOrder order = new PairOrder();
  private final PairList list;
  private final PairList sample;
  private final PairList[] partLists;

  /** True while the set holds all pairs before slot {@code end} and the list is empty. */
  private boolean all;

  private int end;
  private int pairs;

  /**
   * Candidates for all steps of a clustering.
   *
   * @param sampleSize pairs in a sample, such as 8192
   */
  Candidates(ClusterState clusters, Parts parts, int sampleSize) {
    this.clusters = clusters;
    this.parts = parts;
    this.sampleSize = sampleSize;
    this.list = new PairList(clusters);
    this.sample = new PairList(clusters);
    this.partLists = new PairList[parts.count(clusters.slots())];
    Arrays.setAll(partLists, p -> new PairList(clusters));
  }

  /** Starts a step with all pairs by position, or all but the last. */
  void reset(boolean withLast) {
    int last = clusters.slots() - 1;
    end = withLast ? last : clusters.otherEnd(last) - 1;
    pairs = clusters.length() - (withLast ? 1 : 2);
    all = true;
    order.clear();
  }

  int length() {
    return all ? pairs : list.length();
  }

  /** The kept pairs by ascending position; the array is this object's own. */
  int[] pairs() {
    return listed().pairs();
  }

  /** Has the effect of sorting the pairs stably by {@code key}. */
  void orderBy(PairKey key) {
    if (order.sortBy(key) && !all) {
      list.load(key, 0);
    }
  }

  /** Keeps the pairs that pass, in their order; if none passes, keeps all and returns false. */
  boolean keepIf(IntPredicate passes) {
    return listed().keepIf(order, passes);
  }

  /** Keeps the first {@code budget} pairs of the order. */
  void keepSmallest(long budget) {
    if (budget >= length()) {
      return;
    }
    int k = (int) budget;
    if (all && order.depth() > 0 && pairs >= 4 * sampleSize && k <= pairs / 2) {
      narrow(k);
    }
    if (k < listed().length()) {
      list.keepSmallest(order, k);
    }
  }

  private PairList listed() {
    if (all) {
      list.clear();
      for (int slot = 0; slot < end; slot++) {
        if (clusters.isPair(slot)) {
          list.add(slot);
        }
      }
      list.load(order, 0);
      all = false;
    }
    return list;
  }

  /**
   * Lists the {@code k} smallest pairs and some more, with high probability; if not, the set
   * remains all pairs.
   */
  private void narrow(int k) {
    drawSample();
    double expected = (double) k / pairs * sample.length();
    int rank = (int) (expected + 3 * Math.sqrt(expected) + 3);
    if (rank < sample.length()) {
      collect(sample.bound(order, rank));
      all = list.length() < k;
    }
  }

  private void drawSample() {
    sample.clear();
    for (int i = 0; i < sampleSize; i++) {
      int slot = Mix64.reduce(Mix64.mix(i + 1), end);
      if (clusters.isPair(slot)) {
        sample.add(slot);
      }
    }
    sample.load(order, 0);
  }

  /** Lists the pairs up to {@code bound}. */
  private void collect(PairBound bound) {
    PairSweep sweep = new PairSweep(clusters, order, bound);
    parts.run(end, (part, from, to) -> collect(bound, sweep, partLists[part], from, to));
    list.clear();
    for (int p = 0; p < parts.count(end); p++) {
      list.addAll(partLists[p], order);
    }
  }

  /** Works in blocks, so that the data of the sweep is still in the cache when keys are loaded. */
  private void collect(PairBound bound, PairSweep sweep, PairList to, int from, int end) {
    to.clear();
    for (int start = from; start < end; start += BLOCK) {
      to.addUpTo(order, bound, sweep, start, Math.min(start + BLOCK, end));
    }
  }
}
