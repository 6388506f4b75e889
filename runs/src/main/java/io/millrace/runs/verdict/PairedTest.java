package io.millrace.runs.verdict;

import java.util.Arrays;

/**
 * The paired t-test of Student (1908): whether the mean of differences between two arms is more
 * than noise.
 *
 * <p>The differences are one a seed, each the mean over the last half of the windows; or, of a run
 * with one seed, one a window of that half. They are paired: both arms have scored the same events.
 * The mean is beyond noise if 0 lies outside its confidence interval of 95 %, {@code mean +-
 * t(.975, n - 1) s / sqrt(n)}. Windows of one seed share their initial weights and the windows
 * before, so this test says nothing about other seeds.
 *
 * @param mean of the differences; NaN without one
 * @param half half of the interval's length; NaN for fewer than {@value #FEWEST} differences
 * @param differences how many there are
 */
record PairedTest(double mean, double half, int differences) {

  /** Fewest differences whose spread says anything. */
  static final int FEWEST = 3;

  /** Quantiles .975 of Student's t distribution, of 1 to 30 degrees of freedom. */
  private static final double[] T = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042
  };

  private static final double NORMAL = 1.960;

  static PairedTest of(double[] differences) {
    int n = differences.length;
    double mean = Arrays.stream(differences).average().orElse(Double.NaN);
    if (n < FEWEST) {
      return new PairedTest(mean, Double.NaN, n);
    }
    double squares = Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum();
    double t = n - 1 <= T.length ? T[n - 2] : NORMAL;
    return new PairedTest(mean, t * Math.sqrt(squares / (n - 1) / n), n);
  }

  /** Whether there are enough differences to tell. */
  boolean known() {
    return !Double.isNaN(half);
  }

  /** Whether the first arm is better beyond noise, where greater is better. */
  boolean better() {
    return known() && mean > half;
  }

  /** Whether the first arm is worse beyond noise. */
  boolean worse() {
    return known() && mean < -half;
  }
}
