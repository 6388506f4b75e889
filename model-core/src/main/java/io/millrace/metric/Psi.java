package io.millrace.metric;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Population stability index: the distance between the frequencies of two windows, {@code sum over
 * bins of (p - q) ln(p / q)} with Laplace smoothing, {@code p = (count + .5) / (total + .5 bins)}.
 *
 * <p>Unit: nats (the symmetrised Kullback-Leibler divergence); range from 0. The usual reading
 * (below .1 no drift, above .25 strong drift) is for a few bins with many counts: sampling alone
 * gives {@code (bins - 1)(1 / n + 1 / m)}, which {@link #corrected} subtracts. See
 * docs/algorithms.md, section 9.1.
 */
public final class Psi {

  /** Added to every bin's count. */
  public static final double SMOOTHING = .5;

  /** Fewest counts per bin for a known distribution. */
  public static final int LEAST_PER_BIN = 5;

  /** Bins that the ids of a field share by a hash; a power of two. */
  public static final int BINS = 64;

  private Psi() {}

  /**
   * The bin of an id, in {@code 0..BINS - 1}.
   *
   * @param mixed the id's bits, mixed: neither their order nor their step may show
   */
  public static int bin(long mixed) {
    return (int) (mixed >>> 32) & BINS - 1;
  }

  /**
   * PSI of binned counts.
   *
   * @param before counts per bin of the older window, at least 0
   * @param after counts of the same bins in the newer window
   */
  public static double of(double[] before, double[] after) {
    if (before.length != after.length) {
      throw new IllegalArgumentException(
          "after must have as many bins as before (" + before.length + ") but had " + after.length);
    }
    double totalBefore = Arrays.stream(before).sum() + SMOOTHING * before.length;
    double totalAfter = Arrays.stream(after).sum() + SMOOTHING * after.length;
    double psi = 0;
    for (int i = 0; i < before.length; i++) {
      double p = (before[i] + SMOOTHING) / totalBefore;
      double q = (after[i] + SMOOTHING) / totalAfter;
      psi += (p - q) * Math.log(p / q);
    }
    return psi;
  }

  /**
   * PSI without the bias that depends on the number of counts.
   *
   * @param value PSI minus its expectation from sampling alone; may be below 0; NaN if a side has
   *     fewer than {@value #LEAST_PER_BIN} counts per bin, because its distribution is then not
   *     known
   * @param deviation standard deviation of the value without drift
   */
  public record Corrected(double value, double deviation) {}

  /**
   * PSI over the bins that are not empty on both sides, without its bias: counts drawn from one
   * distribution over {@code k} bins have a PSI of {@code (k - 1)(1 / n + 1 / m)} on average, with
   * a deviation of {@code sqrt(2 (k - 1)) (1 / n + 1 / m)}, as it is then a chi-square statistic
   * times {@code 1 / n + 1 / m} (Yurdakul and Naranjo, Statistical properties of the population
   * stability index, Journal of Risk Model Validation 14, 2020).
   *
   * @param before counts per bin of the reference, possibly weighted
   * @param sizeBefore effective sample size of the reference: as many equally weighted counts give
   *     its accuracy
   * @param after counts of the same bins
   */
  public static Corrected corrected(double[] before, double sizeBefore, double[] after) {
    int[] used = IntStream.range(0, before.length).filter(i -> before[i] + after[i] > 0).toArray();
    double[] p = Arrays.stream(used).mapToDouble(i -> before[i]).toArray();
    double[] q = Arrays.stream(used).mapToDouble(i -> after[i]).toArray();
    double n = Arrays.stream(q).sum();
    if (used.length < 2 || Math.min(n, sizeBefore) < LEAST_PER_BIN * used.length) {
      return new Corrected(Double.NaN, Double.NaN);
    }
    double both = 1 / n + 1 / sizeBefore;
    return new Corrected(
        of(p, q) - (used.length - 1) * both, Math.sqrt(2.0 * (used.length - 1)) * both);
  }
}
