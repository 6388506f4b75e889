package io.millrace.cluster;

/**
 * Ids sorted by value, equal values in the order of the input: a radix sort from the lowest 11 bits
 * up, in linear time. It skips digits that all values share. Both zeros are one value.
 */
final class ValueOrder {

  private static final int DIGIT_BITS = 11;
  private static final int BUCKETS = 1 << DIGIT_BITS;

  private final Parts parts;
  private long[] keys;
  private int[] ids;
  private long[] otherKeys;
  private int[] otherIds;

  /** Sorts finite values. */
  ValueOrder(double[] values, Parts parts) {
    this.parts = parts;
    int n = values.length;
    keys = new long[n];
    ids = new int[n];
    parts.run(n, (part, from, to) -> fill(values, from, to));
    otherKeys = new long[n];
    otherIds = new int[n];
    for (int shift = 0; shift < Long.SIZE; shift += DIGIT_BITS) {
      distribute(shift);
    }
    otherKeys = null;
    otherIds = null;
  }

  /** Positions of finite values by ascending value; stable. */
  static int[] of(double[] values) {
    return new ValueOrder(values, Parts.DEFAULT).ids();
  }

  /** Positions in the input by ascending value. */
  int[] ids() {
    return ids;
  }

  /** The {@code i}-th smallest value. */
  double value(int i) {
    return Double.longBitsToDouble(keys[i] ^ (~(keys[i] >> 63) | Long.MIN_VALUE));
  }

  private void fill(double[] values, int from, int to) {
    for (int i = from; i < to; i++) {
      keys[i] = sortable(values[i]);
      ids[i] = i;
    }
  }

  /** A long whose unsigned order is the order of the doubles. */
  private static long sortable(double value) {
    long bits = Double.doubleToRawLongBits(value + 0.0);
    return bits ^ (bits >> 63 | Long.MIN_VALUE);
  }

  /** One pass; each part moves its elements to places that no other part writes. */
  private void distribute(int shift) {
    int n = keys.length;
    int[][] next = new int[parts.count(n)][BUCKETS];
    parts.run(n, (part, from, to) -> count(next[part], shift, from, to));
    if (toPlaces(next)) {
      parts.run(n, (part, from, to) -> move(next[part], shift, from, to));
      long[] k = keys;
      keys = otherKeys;
      otherKeys = k;
      int[] o = ids;
      ids = otherIds;
      otherIds = o;
    }
  }

  private void count(int[] counts, int shift, int from, int to) {
    for (int i = from; i < to; i++) {
      counts[digit(keys[i], shift)]++;
    }
  }

  /** Turns counts into first positions; false if all elements have the same digit. */
  private boolean toPlaces(int[][] counts) {
    int sum = 0;
    for (int b = 0; b < BUCKETS; b++) {
      int before = sum;
      for (int[] part : counts) {
        int here = part[b];
        part[b] = sum;
        sum += here;
      }
      if (sum - before == keys.length) {
        return false;
      }
    }
    return true;
  }

  private void move(int[] next, int shift, int from, int to) {
    for (int i = from; i < to; i++) {
      int place = next[digit(keys[i], shift)]++;
      otherKeys[place] = keys[i];
      otherIds[place] = ids[i];
    }
  }

  private static int digit(long key, int shift) {
    return (int) (key >>> shift) & (BUCKETS - 1);
  }
}
