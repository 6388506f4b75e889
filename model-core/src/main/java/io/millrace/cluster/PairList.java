package io.millrace.cluster;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Pairs of neighbouring clusters by ascending position, with their keys in columns: looking up a
 * key in {@link ClusterState} is a cache miss, so it is done once per pair. All calls must pass the
 * same order until the list is cleared; its keys must be loaded.
 */
final class PairList {

  private final ClusterState clusters;
  private final Selection selection = new Selection();
  private int[] pairs = new int[0];
  private final long[][] keys = new long[PairKey.values().length][0];
  private int length;
  private int[] tied = new int[0];
  private long[] tiedKeys = new long[0];

  PairList(ClusterState clusters) {
    this.clusters = clusters;
  }

  int length() {
    return length;
  }

  /** The pairs, of which the first {@link #length} count. */
  int[] pairs() {
    return pairs;
  }

  void clear() {
    length = 0;
  }

  /** Appends one pair, without its keys. */
  void add(int pair) {
    pairs = grown(pairs, length + 1);
    pairs[length++] = pair;
  }

  /** Appends all of {@code other}. */
  void addAll(PairList other, PairOrder order) {
    int sum = length + other.length;
    pairs = grown(pairs, sum);
    System.arraycopy(other.pairs, 0, pairs, length, other.length);
    for (int d = 0; d < order.depth(); d++) {
      int column = order.key(d).ordinal();
      keys[column] = grown(keys[column], sum);
      System.arraycopy(other.keys[column], 0, keys[column], length, other.length);
    }
    length = sum;
  }

  /** Appends the pairs up to {@code bound} of the slots {@code [from, to)}. */
  void addUpTo(PairOrder order, PairBound bound, PairSweep sweep, int from, int to) {
    int start = length;
    pairs = grown(pairs, start + to - from);
    length = sweep.run(from, to, pairs, start);
    load(order, start);
    keepUpTo(order, bound, start);
  }

  /** Looks up all keys of the pairs from position {@code from} on. */
  void load(PairOrder order, int from) {
    for (int d = 0; d < order.depth(); d++) {
      load(order.key(d), from);
    }
  }

  /** Looks up one key of the pairs from position {@code from} on. */
  void load(PairKey key, int from) {
    int column = key.ordinal();
    keys[column] = grown(keys[column], length);
    long[] to = keys[column];
    for (int i = from; i < length; i++) {
      to[i] = clusters.key(key, pairs[i]);
    }
  }

  /** Keeps the first {@code k} pairs of the order; the list holds more. */
  void keepSmallest(PairOrder order, int k) {
    if (order.depth() == 0) {
      length = k;
    } else {
      keepUpTo(order, bound(order, k), 0);
    }
  }

  /** The {@code k}-th pair of the order, which has at least one key. */
  PairBound bound(PairOrder order, int k) {
    tied = grown(tied, length);
    tiedKeys = grown(tiedKeys, length);
    for (int i = 0; i < length; i++) {
      tied[i] = i;
    }
    int ties = length;
    int rank = k;
    for (int d = 0; d < order.depth() && ties > 1; d++) {
      gatherTied(column(order, d), ties);
      long key = selection.smallest(tiedKeys, ties, rank);
      int equal = 0;
      for (int i = 0; i < ties; i++) {
        tied[equal] = tied[i];
        equal += tiedKeys[i] == key ? 1 : 0;
        rank -= tiedKeys[i] < key ? 1 : 0;
      }
      ties = equal;
    }
    return boundAt(order, tied[rank - 1]);
  }

  private void gatherTied(long[] column, int ties) {
    for (int i = 0; i < ties; i++) {
      tiedKeys[i] = column[tied[i]];
    }
  }

  private PairBound boundAt(PairOrder order, int position) {
    long[] bound = new long[order.depth()];
    Arrays.setAll(bound, d -> column(order, d)[position]);
    return new PairBound(bound, pairs[position]);
  }

  /** Drops the pairs after {@code bound}, from position {@code from} on. */
  private void keepUpTo(PairOrder order, PairBound bound, int from) {
    long[] first = column(order, 0);
    long[] second = column(order, 1);
    long[] third = column(order, 2);
    long firstBound = bound.key(0);
    long secondBound = bound.key(Math.min(1, order.depth() - 1));
    int kept = from;
    for (int i = from; i < length; i++) {
      long one = first[i];
      long two = second[i];
      boolean equal = one == firstBound;
      boolean before = one < firstBound || (equal && two < secondBound);
      boolean tie = equal && two == secondBound;
      boolean keep = before || (tie && !tieAfter(order, bound, i));
      pairs[kept] = pairs[i];
      third[kept] = third[i];
      second[kept] = two;
      first[kept] = one;
      kept += keep ? 1 : 0;
    }
    length = kept;
  }

  /** Whether a pair with the bound's first two keys comes after the bound. */
  private boolean tieAfter(PairOrder order, PairBound bound, int position) {
    if (order.depth() > 2 && column(order, 2)[position] != bound.key(2)) {
      return column(order, 2)[position] > bound.key(2);
    }
    return pairs[position] > bound.pair();
  }

  /** Keeps the pairs that pass; if none passes, keeps all and returns false. */
  boolean keepIf(PairOrder order, IntPredicate passes) {
    int kept = 0;
    for (int i = 0; i < length; i++) {
      if (passes.test(pairs[i])) {
        pairs[kept] = pairs[i];
        for (int d = 0; d < order.depth(); d++) {
          column(order, d)[kept] = column(order, d)[i];
        }
        kept++;
      }
    }
    length = kept > 0 ? kept : length;
    return kept > 0;
  }

  /** The column of key number {@code d} of the order; the last column if there are fewer. */
  private long[] column(PairOrder order, int d) {
    return keys[order.key(Math.min(d, order.depth() - 1)).ordinal()];
  }

  private static int[] grown(int[] array, int least) {
    return array.length >= least ? array : Arrays.copyOf(array, least + least / 4 + 16);
  }

  private static long[] grown(long[] array, int least) {
    return array.length >= least ? array : Arrays.copyOf(array, least + least / 4 + 16);
  }
}
