package io.millrace.cluster;

import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import io.millrace.hash.MinimalPerfectHash;
import io.millrace.hash.RowRange;
import io.millrace.math.Mix64;
import java.util.Arrays;
import java.util.List;

/**
 * Builds two-level maps: hot ids own rows, ids in the middle share a few rows by similarity, all
 * others are hashed into a reserve. See docs/algorithms.md, section 4.
 *
 * <ol>
 *   <li>Ids are ordered by descending count, then ascending signed id. The first {@code hotRows} of
 *       those with a count are hot, the next {@code middleIds} are in the middle.
 *   <li>An id in the middle is a point of two blocks. One is its target statistic {@code (y - n p)
 *       / ((n + k) p (1 - p))}: to first order, the difference between the log odds of a click of
 *       the id and those of the field's click rate {@code p}, for an id with {@code y} clicks in
 *       {@code n} accesses plus {@code k} accesses at the field's rate. So a rare id, whose clicks
 *       are mostly chance, stays near 0; {@code k} is the strength of the beta prior that explains
 *       how much the field's ids differ ({@link #priorAccesses}). The other block is its vector in
 *       the teacher, minus the mean. Each block is scaled such that its variance, weighted by
 *       {@code n}, is 1.
 *   <li>{@link KdClustering} makes clusters of these points.
 *   <li>A hot id's row is its number in the {@link MinimalPerfectHash} of all hot ids; ids in the
 *       middle follow by cluster, then comes the reserve.
 * </ol>
 *
 * <p>Without the prior ({@code k = 0}), an id that was seen once would get one of two extreme
 * values.
 *
 * <p>Cost: that of {@link KdClustering} and of a sort of the ids; linear memory.
 *
 * @param spec names this line of maps
 * @param sizes rows and ids of the levels, equal for all versions
 * @param seed chooses the hashes
 * @param signatureBits width of the fingerprints by which unknown ids are recognised, 0 to 16
 */
public record TwoLevelMapBuilder(String spec, TwoLevelSizes sizes, long seed, int signatureBits) {

  /** The prior if ids do not differ more than by chance: it leaves only their order. */
  private static final double STRONGEST_PRIOR = 1e6;

  /**
   * Builds one version. All ids are listed, also those in the reserve, so that their weights can be
   * moved.
   *
   * @param field name of the field
   * @param version counts up from 1
   * @param windowStart start of the data behind the counts, event time in ms, inclusive
   * @param windowEnd end of that data, exclusive
   * @param ids strictly ascending as signed numbers
   * @param counts accesses of each id, finite and at least 0
   * @param clicks clicks among them
   * @param vectors teacher's vectors of the ids, {@code float[ids * dim]}, row-major
   * @param dim length of a vector; 0 without a teacher
   */
  public MapVersion build(
      String field,
      int version,
      long windowStart,
      long windowEnd,
      long[] ids,
      double[] counts,
      double[] clicks,
      float[] vectors,
      int dim) {
    int[] byHeat = ValueOrder.of(Arrays.stream(counts).map(c -> -c).toArray());
    int counted = (int) Arrays.stream(counts).filter(c -> c > 0).count();
    int hot = Math.min(sizes.hotRows(), counted);
    int middle = Math.min(sizes.middleIds(), counted - hot);
    int[] rowOf = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      rowOf[i] = sizes.reserveFirst() + Mix64.reduce(Mix64.mix(ids[i], seed), sizes.reservedRows());
    }
    number(Arrays.copyOf(byHeat, hot), ids, rowOf);
    int[] inMiddle = Arrays.stream(byHeat, hot, hot + middle).sorted().toArray();
    double[] points = points(inMiddle, counts, clicks, vectors, dim);
    int[] cluster = KdClustering.of(points, 1 + dim, pick(counts, inMiddle), sizes.clusters());
    for (int k = 0; k < middle; k++) {
      rowOf[inMiddle[k]] = sizes.hotRows() + cluster[k];
    }
    return new MapVersion(header(field, version, windowStart, windowEnd, dim), ids, rowOf, counts);
  }

  /** Step 4 for the hot ids. */
  private void number(int[] hot, long[] ids, int[] rowOf) {
    long[] hotIds = Arrays.stream(hot).mapToLong(i -> ids[i]).toArray();
    MinimalPerfectHash slots = MinimalPerfectHash.build(hotIds, signatureBits, seed);
    for (int i : hot) {
      rowOf[i] = slots.get(ids[i]);
    }
  }

  private MapVersion.Header header(
      String field, int version, long windowStart, long windowEnd, int dim) {
    return new MapVersion.Header(
        field,
        spec,
        version,
        windowStart,
        windowEnd,
        sizes.rows(),
        MapVersion.Kind.TWO_LEVEL,
        ColdPolicy.RESERVE,
        List.of(new RowRange(sizes.reserveFirst(), sizes.reservedRows())),
        seed,
        signatureBits,
        sizes.hotRows(),
        "clusters=" + sizes.clusters() + " dim=" + dim);
  }

  /** Step 2, {@code double[middle * (1 + dim)]}. */
  private static double[] points(
      int[] inMiddle, double[] counts, double[] clicks, float[] vectors, int dim) {
    double p = sum(clicks) / sum(counts);
    double prior = p > 0 && p < 1 ? priorAccesses(counts, clicks, p) : 0;
    double[] weights = pick(counts, inMiddle);
    int width = 1 + dim;
    double[] x = new double[inMiddle.length * width];
    for (int k = 0; k < inMiddle.length; k++) {
      int i = inMiddle[k];
      double above = clicks[i] - counts[i] * p;
      x[k * width] = p > 0 && p < 1 ? above / ((counts[i] + prior) * p * (1 - p)) : 0;
      for (int d = 0; d < dim; d++) {
        x[k * width + 1 + d] = vectors[i * dim + d];
      }
    }
    standardise(x, width, 0, 1, weights);
    standardise(x, width, 1, width, weights);
    return x;
  }

  /**
   * The strength of the prior in accesses: {@code p (1 - p) / v - 1}, the sum of the parameters of
   * a beta distribution of the ids' click rates with mean {@code p} and variance {@code v}. The
   * variance is estimated by its moment (Kleinman 1973): {@code n (y / n - p)^2} has the
   * expectation {@code p (1 - p) + (n - 1) v}.
   *
   * @param p the field's click rate, in (0, 1)
   * @return at least 0; also 0 if no id has been seen twice, because the ids' weights are then
   *     equal
   */
  static double priorAccesses(double[] counts, double[] clicks, double p) {
    double excess = 0;
    double repeats = 0;
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        double off = clicks[i] / counts[i] - p;
        excess += counts[i] * off * off - p * (1 - p);
        repeats += counts[i] - 1;
      }
    }
    if (repeats <= 0) {
      return 0;
    }
    double prior = excess > 0 ? p * (1 - p) * repeats / excess - 1 : STRONGEST_PRIOR;
    return Math.max(0, Math.min(STRONGEST_PRIOR, prior));
  }

  /**
   * Centres the columns {@code [from, to)} and scales them to a total variance of 1, unless it is
   * 0.
   */
  private static void standardise(double[] x, int width, int from, int to, double[] weights) {
    double total = sum(weights);
    double variance = 0;
    for (int d = from; d < to; d++) {
      double mean = 0;
      for (int k = 0; k < weights.length; k++) {
        mean += weights[k] * x[k * width + d];
      }
      mean /= total;
      for (int k = 0; k < weights.length; k++) {
        x[k * width + d] -= mean;
        variance += weights[k] * x[k * width + d] * x[k * width + d];
      }
    }
    double scale = variance > 0 ? Math.sqrt(total / variance) : 1;
    for (int k = 0; k < weights.length; k++) {
      for (int d = from; d < to; d++) {
        x[k * width + d] *= scale;
      }
    }
  }

  private static double sum(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }

  private static double[] pick(double[] from, int[] positions) {
    return Arrays.stream(positions).mapToDouble(i -> from[i]).toArray();
  }
}
