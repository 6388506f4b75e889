package io.millrace.cluster;

/** The last pair of a prefix in a {@link PairOrder}: its keys in that order, and its position. */
final class PairBound {

  private final long[] keys;
  private final int pair;

  PairBound(long[] keys, int pair) {
    this.keys = keys;
    this.pair = pair;
  }

  /** The key number {@code d}, from 0, in the order. */
  long key(int d) {
    return keys[d];
  }

  int pair() {
    return pair;
  }
}
