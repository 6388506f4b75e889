package io.millrace.cluster;

import io.millrace.math.Mix64;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * The candidate pairs of a step, as a set with an order that is never carried out.
 *
 * <p>The reference sorts by each filter's key, stably, and keeps a prefix. That is the same as
 * keeping the smallest pairs in the lexicographic order (this key, the key before, ..., position);
 * so it is enough to remember the keys and to select. Selecting k of n takes linear time on
 * average: a sample finds a bound that few pairs pass, one sweep collects those, and a quickselect
 * on (key, remaining keys) picks from them.
 */
final class Candidates {

  private static final int SAMPLE = 1024;

  private final ClusterState clusters;

  /** Keys, the one that decides first first. */
  private final PairKey[] order = new PairKey[PairKey.values().length];

  private int depth;

  private int[] pairs;
  private double[] keys;
  private int[] sparePairs;
  private double[] spareKeys;
  private final double[] sample = new double[SAMPLE];
  private int length;

  /** True while the set is all pairs from 0 to length and {@code pairs} is not filled. */
  private boolean all;

  Candidates(ClusterState clusters) {
    this.clusters = clusters;
    this.pairs = new int[clusters.length()];
    this.keys = new double[clusters.length()];
    this.sparePairs = new int[clusters.length()];
    this.spareKeys = new double[clusters.length()];
  }

  /** Starts a step: the pairs 0 to {@code count}, in order of position. */
  void reset(int count) {
    length = count;
    all = true;
    depth = 0;
  }

  int length() {
    return length;
  }

  /** The kept pairs by ascending position; the array is this object's own. */
  int[] sorted() {
    materialise();
    Arrays.sort(pairs, 0, length);
    return pairs;
  }

  /** Sorts the pairs stably by {@code key}, as far as anyone can tell. */
  void orderBy(PairKey key) {
    int at = 0;
    while (at < depth && order[at] != key) {
      at++;
    }
    depth = Math.max(depth, at + 1);
    System.arraycopy(order, 0, order, 1, at);
    order[0] = key;
  }

  /** Keeps the pairs that pass, in their order, unless none does; then false. */
  boolean keepIf(IntPredicate passes) {
    int kept = 0;
    for (int i = 0; i < length; i++) {
      int pair = all ? i : pairs[i];
      if (passes.test(pair)) {
        pairs[kept++] = pair;
      }
    }
    if (kept == 0) {
      return false;
    }
    length = kept;
    all = false;
    return true;
  }

  /** Keeps the first {@code budget} pairs of the order. */
  void keepSmallest(long budget) {
    if (budget >= length) {
      return;
    }
    int k = (int) budget;
    fillKeys();
    prefilter(k);
    select(k);
    length = k;
  }

  private PairKey firstKey() {
    return depth == 0 ? PairKey.INDEX : order[0];
  }

  private void fillKeys() {
    PairKey key = firstKey();
    if (all) {
      clusters.fillKeys(key, keys, length);
      return;
    }
    for (int i = 0; i < length; i++) {
      keys[i] = clusters.key(key, pairs[i]);
    }
  }

  private void materialise() {
    if (all) {
      for (int i = 0; i < length; i++) {
        pairs[i] = i;
      }
      all = false;
    }
  }

  /** Drops pairs that are certainly not among the {@code k} smallest. */
  private void prefilter(int k) {
    int kept = k > length / 2 || length < 4 * SAMPLE ? 0 : collect(bound(k));
    if (kept < k) {
      materialise();
      return;
    }
    int[] p = pairs;
    pairs = sparePairs;
    sparePairs = p;
    double[] q = keys;
    keys = spareKeys;
    spareKeys = q;
    length = kept;
    all = false;
  }

  /** A key that is not smaller than that of the k-th pair, with high probability. */
  private double bound(int k) {
    for (int i = 0; i < SAMPLE; i++) {
      sample[i] = keys[Mix64.reduce(Mix64.mix(i + 1), length)];
    }
    Arrays.sort(sample);
    double expected = (double) k / length * SAMPLE;
    return sample[(int) Math.min(SAMPLE - 1, expected + 3 * Math.sqrt(expected) + 3)];
  }

  private int collect(double bound) {
    int[] toPairs = sparePairs;
    double[] toKeys = spareKeys;
    double[] from = keys;
    int kept = 0;
    for (int i = 0; i < length; i++) {
      double key = from[i];
      toPairs[kept] = all ? i : pairs[i];
      toKeys[kept] = key;
      kept += key <= bound ? 1 : 0;
    }
    return kept;
  }

  /** Hoare's quickselect: afterwards the {@code k} smallest come first, in any order. */
  private void select(int k) {
    int low = 0;
    int high = length - 1;
    while (low < high) {
      int middle = pivot(low, high);
      double pivotKey = keys[middle];
      int pivotPair = pairs[middle];
      int i = low;
      int j = high;
      while (i <= j) {
        while (before(keys[i], pairs[i], pivotKey, pivotPair)) {
          i++;
        }
        while (before(pivotKey, pivotPair, keys[j], pairs[j])) {
          j--;
        }
        if (i <= j) {
          swap(i++, j--);
        }
      }
      if (k - 1 <= j) {
        high = j;
      } else if (k - 1 >= i) {
        low = i;
      } else {
        return;
      }
    }
  }

  /** Median of three positions that no regular input can aim at. */
  private int pivot(int low, int high) {
    int range = high - low + 1;
    int a = low + Mix64.reduce(Mix64.mix(low, high), range);
    int b = low + Mix64.reduce(Mix64.mix(high, low), range);
    int c = low + range / 2;
    boolean ab = before(a, b);
    if (ab != before(a, c)) {
      return a;
    }
    return ab == before(b, c) ? b : c;
  }

  private boolean before(int i, int j) {
    return before(keys[i], pairs[i], keys[j], pairs[j]);
  }

  private boolean before(double keyA, int a, double keyB, int b) {
    return keyA < keyB || (keyA == keyB && tieBefore(a, b));
  }

  private boolean tieBefore(int a, int b) {
    for (int d = 1; d < depth; d++) {
      double x = clusters.key(order[d], a);
      double y = clusters.key(order[d], b);
      if (x != y) {
        return x < y;
      }
    }
    return a < b;
  }

  private void swap(int i, int j) {
    int pair = pairs[i];
    pairs[i] = pairs[j];
    pairs[j] = pair;
    double key = keys[i];
    keys[i] = keys[j];
    keys[j] = key;
  }
}
