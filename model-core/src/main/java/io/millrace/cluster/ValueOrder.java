package io.millrace.cluster;

/**
 * The order of ids by value, equal values in the order they come in: a radix sort from the lowest
 * 11 bits up, linear time, which leaves out digits that all values share.
 */
final class ValueOrder {

  private static final int DIGIT_BITS = 11;
  private static final int BUCKETS = 1 << DIGIT_BITS;

  private ValueOrder() {}

  /** Positions of {@code values} by ascending value; the values are finite. */
  static int[] of(double[] values) {
    long[] keys = new long[values.length];
    int[] order = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      keys[i] = sortable(values[i]);
      order[i] = i;
    }
    long[] otherKeys = new long[values.length];
    int[] otherOrder = new int[values.length];
    for (int shift = 0; shift < Long.SIZE; shift += DIGIT_BITS) {
      if (distribute(keys, order, otherKeys, otherOrder, shift)) {
        long[] k = keys;
        keys = otherKeys;
        otherKeys = k;
        int[] o = order;
        order = otherOrder;
        otherOrder = o;
      }
    }
    return order;
  }

  /** A number whose unsigned order is the order of doubles; both zeros are one. */
  private static long sortable(double value) {
    long bits = Double.doubleToRawLongBits(value + 0.0);
    return bits ^ (bits >> 63 | Long.MIN_VALUE);
  }

  /** One pass; false if all keys have the same digit and nothing was moved. */
  private static boolean distribute(
      long[] keys, int[] order, long[] toKeys, int[] toOrder, int shift) {
    int[] next = new int[BUCKETS];
    for (long key : keys) {
      next[digit(key, shift)]++;
    }
    if (keys.length == 0 || next[digit(keys[0], shift)] == keys.length) {
      return false;
    }
    int sum = 0;
    for (int b = 0; b < BUCKETS; b++) {
      int here = next[b];
      next[b] = sum;
      sum += here;
    }
    for (int i = 0; i < keys.length; i++) {
      int to = next[digit(keys[i], shift)]++;
      toKeys[to] = keys[i];
      toOrder[to] = order[i];
    }
    return true;
  }

  private static int digit(long key, int shift) {
    return (int) (key >>> shift) & (BUCKETS - 1);
  }
}
