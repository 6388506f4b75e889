package io.millrace.generator;

/**
 * Collects {@link DayFacts} in constant memory: AUC comes from a histogram of the true probability
 * with 65,536 bins, pairs within a bin counting one half. The error is at most half of the share of
 * such pairs, some 1e-5 with the presets.
 */
final class BestScore {

  private static final int BINS = 1 << 16;

  private final int day;
  private final long[] positive = new long[BINS];
  private final long[] negative = new long[BINS];
  private double lossSum;

  BestScore(int day) {
    this.day = day;
  }

  void add(double probability, boolean click) {
    int bin = (int) (probability * BINS);
    (click ? positive : negative)[Math.min(bin, BINS - 1)]++;
    lossSum -= StrictMath.log(click ? probability : 1 - probability);
  }

  DayFacts facts() {
    long positives = 0;
    long negatives = 0;
    double ordered = 0;
    for (int b = 0; b < BINS; b++) {
      ordered += positive[b] * (negatives + .5 * negative[b]);
      positives += positive[b];
      negatives += negative[b];
    }
    double auc = positives == 0 || negatives == 0 ? Double.NaN : ordered / positives / negatives;
    long events = positives + negatives;
    return new DayFacts(day, events, positives, auc, lossSum / events);
  }
}
