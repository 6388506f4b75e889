package io.millrace.metric;

import io.millrace.math.Mix64;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Population stability index: the distance between the frequencies of two windows, {@code sum over
 * bins of (p - q) ln(p / q)} with Laplace smoothing, {@code p = (count + .5) / (total + .5 bins)}.
 *
 * <p>Unit: nats (the symmetrised Kullback-Leibler divergence); range from 0. Usual reading: below
 * .1 no drift, up to .25 some drift, above that strong drift. See docs/algorithms.md, section 9.1.
 */
public final class Psi {

  /** Added to every bin's count. */
  public static final double SMOOTHING = .5;

  /** Fewest counts per bin for a known distribution. */
  public static final int LEAST_PER_BIN = 5;

  /** Number of ids with a bin of their own. */
  public static final int TOP_IDS = 1000;

  /** Number of bins that all other ids share by a hash. */
  public static final int REST_BINS = 100;

  private Psi() {}

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

  /**
   * PSI of id frequencies: the 1000 most frequent ids of the older window (ties by smaller id) have
   * a bin each, all others share 100 bins by a hash.
   *
   * @param idsBefore distinct ids of the older window
   * @param countsBefore their counts, possibly decayed
   * @param idsAfter distinct ids of the newer window
   * @param countsAfter their counts
   */
  public static double ofIds(
      long[] idsBefore, double[] countsBefore, long[] idsAfter, double[] countsAfter) {
    Long2IntOpenHashMap top = topIds(idsBefore, countsBefore);
    return of(binned(top, idsBefore, countsBefore), binned(top, idsAfter, countsAfter));
  }

  private static Long2IntOpenHashMap topIds(long[] ids, double[] counts) {
    Integer[] order = new Integer[ids.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(
        order,
        (i, j) ->
            counts[i] != counts[j]
                ? Double.compare(counts[j], counts[i])
                : Long.compare(ids[i], ids[j]));
    Long2IntOpenHashMap top = new Long2IntOpenHashMap();
    top.defaultReturnValue(-1);
    for (int i = 0; i < Math.min(TOP_IDS, order.length); i++) {
      top.put(ids[order[i]], i);
    }
    return top;
  }

  private static double[] binned(Long2IntOpenHashMap top, long[] ids, double[] counts) {
    double[] bins = new double[top.size() + REST_BINS];
    for (int i = 0; i < ids.length; i++) {
      int bin = top.get(ids[i]);
      bins[bin >= 0 ? bin : top.size() + Mix64.reduce(Mix64.mix(ids[i]), REST_BINS)] += counts[i];
    }
    return bins;
  }
}
