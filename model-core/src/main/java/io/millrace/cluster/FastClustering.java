package io.millrace.cluster;

import io.millrace.cluster.ClusterOptions.FreqTie;
import io.millrace.cluster.ClusterOptions.Norm;
import io.millrace.cluster.ClusterOptions.PairRange;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The clustering of {@link ReferenceClustering}, to the bit, on primitive arrays and all cores.
 *
 * <p>Only the ids are sorted, once: {@link Candidates} selects pairs as stable sorts would. Merged
 * values and the norm are summed in the order of the reference, so that all comparisons agree;
 * results do not depend on the number of cores. The longest loops run in parallel on the common
 * pool.
 *
 * <p>Cost: a sort of the ids in linear time, then steps of O(clusters). A step with K merges of m
 * clusters sweeps over m counts and values and handles about 2 K pairs. Memory besides input and
 * result is at most 40 bytes per id and 100 bytes per pair that the first filter keeps.
 */
public final class FastClustering implements Clusterer {

  private static final int SAMPLE = 8192;

  private final Parts parts;
  private final int sample;
  private final IntConsumer left;

  public FastClustering() {
    this(clusters -> {});
  }

  /**
   * A clusterer that reports its progress.
   *
   * @param left receives the number of clusters after each step
   */
  public FastClustering(IntConsumer left) {
    this(Parts.DEFAULT, SAMPLE, left);
  }

  /** With other thresholds, so that tests with short inputs take the code paths of long ones. */
  FastClustering(Parts parts, int sample) {
    this(parts, sample, clusters -> {});
  }

  private FastClustering(Parts parts, int sample, IntConsumer left) {
    this.parts = parts;
    this.sample = sample;
    this.left = left;
  }

  @Override
  public Clustering cluster(double[] values, double[] counts, int rows, ClusterOptions options) {
    Clustering.check(values, counts, rows);
    return new Work(values, counts, rows, options).run();
  }

  private final class Work {
    private final int rows;
    private final ClusterOptions options;
    private final int mergesPerStep;
    private final int cap;
    private final int[] ids;
    private final ClusterState clusters;
    private final Candidates candidates;
    private final Chains chains;
    private final List<PairFilter> filters;
    private final boolean scored;
    private final boolean capped;
    private final double initialNorm;

    Work(double[] values, double[] counts, int rows, ClusterOptions options) {
      this.rows = rows;
      this.options = options;
      this.mergesPerStep = options.resolveMerges(values.length, rows);
      this.cap = options.resolveCap(values.length, rows);
      ValueOrder order = new ValueOrder(values, parts);
      this.ids = order.ids();
      this.clusters = new ClusterState(order, counts, parts);
      this.candidates = new Candidates(clusters, parts, sample);
      this.chains = new Chains(clusters, options, cap, parts);
      this.filters = options.filters().stream().map(this::filter).toList();
      this.scored = uses(FilterSlot.Name.FREQ);
      this.capped = uses(FilterSlot.Name.SIZE);
      this.initialNorm = clusters.norm();
    }

    private boolean uses(FilterSlot.Name name) {
      return options.filters().stream().anyMatch(s -> s.filter() == name);
    }

    private PairFilter filter(FilterSlot slot) {
      return switch (slot.filter()) {
        case FREQ -> new FrequencyFilter(options.freqTie() == FreqTie.DIST);
        case DIST -> new DistanceFilter();
        case SIZE -> new SizeFilter(options, cap);
      };
    }

    Clustering run() {
      int steps = 0;
      int fallbackSteps = 0;
      boolean stuck = false;
      while (clusters.length() > rows && !stuck) {
        int before = clusters.length();
        boolean good = step();
        stuck = clusters.length() == before;
        left.accept(clusters.length());
        steps++;
        fallbackSteps += good || stuck ? 0 : 1;
      }
      return result(steps, fallbackSteps);
    }

    /** One step; false if the cap was not enforced. */
    private boolean step() {
      int before = clusters.length();
      int merges = Math.min(mergesPerStep, before - rows);
      if (scored) {
        clusters.normalise(options.norm() == Norm.INITIAL ? initialNorm : clusters.norm());
      }
      candidates.reset(options.pairRange() == PairRange.ALL);
      boolean good = capped;
      for (int f = 0; f < filters.size(); f++) {
        long budget = options.filters().get(f).budget(merges, options.rounding());
        good &= filters.get(f).keep(clusters, candidates, budget);
      }
      if (options.truncate() || !good) {
        candidates.keepSmallest(merges);
      }
      chains.merge(candidates.pairs(), candidates.length(), good);
      return good;
    }

    private Clustering result(int steps, int fallbackSteps) {
      clusters.compact();
      int n = clusters.length();
      int[] rowOf = new int[ids.length];
      double[] values = new double[n];
      int[] sizes = new int[n];
      double[] counts = new double[n];
      int[] end = new int[n + 1];
      for (int row = 0; row < n; row++) {
        values[row] = clusters.value(row);
        sizes[row] = clusters.size(row);
        counts[row] = clusters.count(row);
        end[row + 1] = end[row] + sizes[row];
      }
      parts.run(
          n,
          (part, from, to) -> {
            for (int row = from; row < to; row++) {
              for (int i = end[row]; i < end[row + 1]; i++) {
                rowOf[ids[i]] = row;
              }
            }
          });
      return new Clustering(rowOf, values, sizes, counts, steps, fallbackSteps);
    }
  }
}
