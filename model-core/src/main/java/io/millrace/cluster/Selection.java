package io.millrace.cluster;

import io.millrace.math.Mix64;
import java.util.Arrays;

/**
 * Finds the k-th smallest of many numbers in two sweeps: a sorted sample gives two bounds between
 * which it almost certainly lies, and only the numbers between them are sorted (the idea of Floyd
 * and Rivest's SELECT, 1975, without its swaps).
 */
final class Selection {

  private static final int SAMPLE = 1024;

  private final long[] sample = new long[SAMPLE];
  private long[] between = new long[0];

  /**
   * The {@code k}-th smallest of the first {@code n} keys, which are not negative.
   *
   * @param k from 1 to n
   */
  long smallest(long[] keys, int n, int k) {
    if (between.length < n) {
      between = new long[n + n / 4];
    }
    int below = 0;
    int kept = 0;
    if (n > 4 * SAMPLE) {
      drawSample(keys, n);
      double expected = (double) k / n * SAMPLE;
      double slack = 3 * Math.sqrt(expected * (SAMPLE - expected) / SAMPLE) + 2;
      long low = sample[(int) Math.max(0, expected - slack)];
      long high = sample[(int) Math.min(SAMPLE - 1, expected + slack)];
      below = countBelow(keys, n, low);
      kept = keepBetween(keys, n, low, high);
    }
    if (k <= below || k > below + kept) {
      System.arraycopy(keys, 0, between, 0, n);
      below = 0;
      kept = n;
    }
    Arrays.sort(between, 0, kept);
    return between[k - below - 1];
  }

  private void drawSample(long[] keys, int n) {
    for (int i = 0; i < SAMPLE; i++) {
      sample[i] = keys[Mix64.reduce(Mix64.mix(i + 1), n)];
    }
    Arrays.sort(sample);
  }

  private static int countBelow(long[] keys, int n, long bound) {
    int count = 0;
    for (int i = 0; i < n; i++) {
      count += (int) ((keys[i] - bound) >>> 63);
    }
    return count;
  }

  private int keepBetween(long[] keys, int n, long low, long high) {
    long[] to = between;
    int kept = 0;
    for (int i = 0; i < n; i++) {
      long key = keys[i];
      to[kept] = key;
      kept += 1 - (int) ((key - low | high - key) >>> 63);
    }
    return kept;
  }
}
