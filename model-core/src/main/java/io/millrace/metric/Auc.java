package io.millrace.metric;

import java.util.Arrays;

/**
 * Area under the ROC curve: the probability that a random positive has a higher score than a random
 * negative; ties count one half (midranks). In [0, 1], no unit; NaN if a class is missing or a
 * score is NaN.
 *
 * <p>{@code U = sum over groups of equal score, ascending, of pos * (negBelow + neg / 2); AUC = U /
 * (P N)}. {@code 2 U} is summed in 64-bit integers, so the result is exact to one rounding below
 * 2^32 events.
 */
public final class Auc {

  private long positives;
  private long negatives;
  private long doubledU;

  /** An empty accumulator. */
  Auc() {}

  /**
   * AUC of scores with labels. Costs one primitive sort and one copy.
   *
   * @param scores any finite order-preserving score
   * @param labels as long as {@code scores}; greater than 0 is positive
   * @return in [0, 1], or NaN
   */
  public static double of(float[] scores, float[] labels) {
    if (scores.length != labels.length) {
      throw new IllegalArgumentException(
          "labels must be as many as scores (" + scores.length + ") but were " + labels.length);
    }
    long[] keys = new long[scores.length];
    for (int i = 0; i < keys.length; i++) {
      if (Float.isNaN(scores[i])) {
        return Double.NaN;
      }
      keys[i] = (long) orderedBits(scores[i]) << 1 | (labels[i] > 0 ? 1 : 0);
    }
    Arrays.sort(keys);
    Auc auc = new Auc();
    for (int from = 0; from < keys.length; ) {
      int to = from;
      long positive = 0;
      while (to < keys.length && keys[to] >> 1 == keys[from] >> 1) {
        positive += keys[to++] & 1;
      }
      auc.addGroup(to - from - positive, positive);
      from = to;
    }
    return auc.value();
  }

  /** Adds the next group of equal scores, above all groups so far. */
  void addGroup(long groupNegatives, long groupPositives) {
    doubledU += groupPositives * (2 * negatives + groupNegatives);
    negatives += groupNegatives;
    positives += groupPositives;
  }

  /** The area over the groups so far. */
  double value() {
    if (positives == 0 || negatives == 0) {
      return Double.NaN;
    }
    return doubledU / 2.0 / ((double) positives * negatives);
  }

  /** An int whose signed order is that of the floats; -0 and 0 are equal. */
  static int orderedBits(float value) {
    int bits = Float.floatToIntBits(value + 0f);
    return bits < 0 ? bits ^ 0x7FFFFFFF : bits;
  }
}
