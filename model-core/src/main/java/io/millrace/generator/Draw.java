package io.millrace.generator;

import java.util.SplittableRandom;

/** Uniform draws that use only {@code nextLong}, so that all JDKs give the same numbers. */
final class Draw {

  private Draw() {}

  /** A multiple of 2^-53 in [0, 1). */
  static double unit(SplittableRandom random) {
    return (random.nextLong() >>> 11) * 0x1.0p-53;
  }

  /** A number in 0..bound-1; the bias is at most bound / 2^53, which is negligible here. */
  static int below(SplittableRandom random, int bound) {
    return (int) (unit(random) * bound);
  }

  /** A random order of 0..n-1 (Fisher and Yates). */
  static int[] permutation(SplittableRandom random, int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = below(random, i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
