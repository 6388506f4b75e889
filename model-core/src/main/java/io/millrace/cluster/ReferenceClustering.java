package io.millrace.cluster;

import io.millrace.cluster.ClusterOptions.ChainSplit;
import io.millrace.cluster.ClusterOptions.FreqTie;
import io.millrace.cluster.ClusterOptions.Norm;
import io.millrace.cluster.ClusterOptions.PairRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One-dimensional agglomerative clustering that merges many pairs per step, as in "Learning to
 * Collide: Recommendation System Model Compression with Learned Hash Functions" (Ghaemmaghami et
 * al. 2022), in its simplest form: the oracle that {@link FastClustering} is compared with.
 *
 * <p>Clusters (value, size, count, members) are sorted by value; at first each id is a cluster.
 * While there are more clusters than rows requested:
 *
 * <ol>
 *   <li>The step is to make R = min(K, clusters - rows) merges. The candidates are all pairs of
 *       neighbours.
 *   <li>Each filter keeps a prefix of the candidates in ascending order of its key, ties in the
 *       order of the filter before: frequency (product of the normalised counts, Eq. 3, 2R pairs),
 *       distance (difference of the values, Eq. 1, 1.5R pairs), size (Eq. 2: all pairs that keep
 *       the cap S; if there is none, the R smallest, and the cap is not enforced in this step).
 *   <li>The first R are merged. Pairs that share a cluster form a chain and merge together, AB and
 *       BC to ABC; a chain beyond the cap is split first.
 * </ol>
 *
 * Rows are numbered by ascending value. Each step merges at least one pair, so that there are at
 * most n - rows steps; without a cap there are (n - rows) / K.
 *
 * <p>{@link ClusterOptions} names the differences to the paper's pseudocode, which contradicts its
 * text in places. Besides, the frequency norm is the L2 norm of the clusters' counts, and a merged
 * value is clamped between those of its outermost parts, so that rounding never breaks the order.
 * All arithmetic is in doubles, sums run from left to right.
 *
 * <p>Cost: O(steps * n log n) and an object per cluster; for tests. See docs/algorithms.md,
 * sections 3.2 and 3.3.
 */
public final class ReferenceClustering implements Clusterer {

  /**
   * One step, for tests and for inspecting the filters.
   *
   * @param before number of clusters before the step
   * @param merges R, the merges that the step was to make
   * @param stages the pairs that each filter kept
   * @param good true if chains beyond the cap were split
   * @param runs the merged runs: [first, last] position of each
   * @param values value of each cluster after the step
   * @param sizes number of ids of each cluster
   * @param counts count of each cluster
   */
  public record Step(
      int before,
      int merges,
      List<Stage> stages,
      boolean good,
      List<List<Integer>> runs,
      List<Double> values,
      List<Integer> sizes,
      List<Double> counts) {}

  /**
   * The pairs that one filter kept.
   *
   * @param filter the filter
   * @param pairs position of the left cluster of each pair, in the order kept
   */
  public record Stage(FilterSlot.Name filter, List<Integer> pairs) {}

  private record Cluster(double value, int size, double count, List<Integer> members) {}

  private record Run(int first, int last) {}

  @Override
  public Clustering cluster(double[] values, double[] counts, int rows, ClusterOptions options) {
    return cluster(values, counts, rows, options, new ArrayList<>());
  }

  /**
   * Like {@link #cluster(double[], double[], int, ClusterOptions)}; also appends the steps to a
   * list.
   */
  public Clustering cluster(
      double[] values, double[] counts, int rows, ClusterOptions options, List<Step> trace) {
    Clustering.check(values, counts, rows);
    return new Work(values, counts, rows, options, trace).run();
  }

  private static final class Work {
    private final int ids;
    private final int rows;
    private final ClusterOptions options;
    private final int mergesPerStep;
    private final int cap;
    private final List<Step> trace;
    private final double initialNorm;
    private List<Cluster> clusters;
    private double norm;
    private boolean good;

    Work(double[] values, double[] counts, int rows, ClusterOptions options, List<Step> trace) {
      this.ids = values.length;
      this.rows = rows;
      this.options = options;
      this.mergesPerStep = options.resolveMerges(ids, rows);
      this.cap = options.resolveCap(ids, rows);
      this.trace = trace;
      this.clusters =
          IntStream.range(0, ids)
              .mapToObj(i -> new Cluster(values[i] + 0.0, 1, counts[i], List.of(i)))
              .sorted(Comparator.comparingDouble(Cluster::value))
              .toList();
      this.initialNorm = norm();
    }

    Clustering run() {
      int steps = 0;
      int fallbackSteps = 0;
      boolean stuck = false;
      while (clusters.size() > rows && !stuck) {
        int before = clusters.size();
        step();
        stuck = clusters.size() == before;
        steps++;
        fallbackSteps += good || stuck ? 0 : 1;
      }
      return result(steps, fallbackSteps);
    }

    private void step() {
      int before = clusters.size();
      int merges = Math.min(mergesPerStep, before - rows);
      norm = options.norm() == Norm.INITIAL ? initialNorm : norm();
      good = options.filters().stream().anyMatch(s -> s.filter() == FilterSlot.Name.SIZE);
      int pairs = options.pairRange() == PairRange.ALL ? before - 1 : before - 2;
      List<Integer> candidates = IntStream.range(0, pairs).boxed().toList();
      List<Stage> stages = new ArrayList<>();
      for (FilterSlot slot : options.filters()) {
        candidates = keep(slot, candidates, slot.budget(merges, options.rounding()));
        stages.add(new Stage(slot.filter(), candidates));
      }
      if (options.truncate() || !good) {
        candidates = candidates.stream().limit(merges).toList();
      }
      List<Run> runs = runs(candidates);
      clusters = merge(runs);
      trace.add(
          new Step(
              before,
              merges,
              stages,
              good,
              runs.stream().map(r -> List.of(r.first, r.last)).toList(),
              clusters.stream().map(Cluster::value).toList(),
              clusters.stream().map(Cluster::size).toList(),
              clusters.stream().map(Cluster::count).toList()));
    }

    private List<Integer> keep(FilterSlot slot, List<Integer> candidates, long budget) {
      return switch (slot.filter()) {
        case FREQ -> smallest(candidates, frequencyOrder(), budget);
        case DIST -> smallest(candidates, Comparator.comparingDouble(this::distance), budget);
        case SIZE -> keepLegal(candidates, budget);
      };
    }

    private Comparator<Integer> frequencyOrder() {
      Comparator<Integer> byScore = Comparator.comparingDouble(this::frequency);
      return options.freqTie() == FreqTie.DIST
          ? byScore.thenComparingDouble(this::distance)
          : byScore;
    }

    private List<Integer> keepLegal(List<Integer> candidates, long budget) {
      List<Integer> legal = candidates.stream().filter(i -> !exceeds(size(i))).toList();
      if (!legal.isEmpty()) {
        return legal;
      }
      good = false;
      return smallest(candidates, Comparator.comparingLong(this::size), budget);
    }

    /** Sorts stably: ties keep their order. */
    private static List<Integer> smallest(
        List<Integer> candidates, Comparator<Integer> order, long budget) {
      return candidates.stream().sorted(order).limit(budget).toList();
    }

    private double frequency(int i) {
      return normalised(i) * normalised(i + 1);
    }

    private double normalised(int i) {
      return (norm > 0 ? clusters.get(i).count / norm : 0) + 1;
    }

    private double distance(int i) {
      return clusters.get(i + 1).value - clusters.get(i).value;
    }

    private long size(int i) {
      return (long) clusters.get(i).size + clusters.get(i + 1).size;
    }

    private boolean exceeds(long size) {
      return options.exceeds(size, cap);
    }

    private double norm() {
      double sum = 0;
      for (Cluster c : clusters) {
        sum += c.count * c.count;
      }
      return Math.sqrt(sum);
    }

    /** Joins pairs that touch, and splits chains beyond the cap. */
    private List<Run> runs(List<Integer> candidates) {
      List<Run> chains = new ArrayList<>();
      for (int i : candidates.stream().sorted().toList()) {
        int end = chains.size() - 1;
        if (end >= 0 && chains.get(end).last == i) {
          chains.set(end, new Run(chains.get(end).first, i + 1));
        } else {
          chains.add(new Run(i, i + 1));
        }
      }
      return good ? chains.stream().flatMap(c -> split(c).stream()).toList() : chains;
    }

    private List<Run> split(Run chain) {
      long size = 0;
      for (int i = chain.first; i <= chain.last; i++) {
        size += clusters.get(i).size;
      }
      if (!exceeds(size)) {
        return List.of(chain);
      }
      return options.chainSplit() == ChainSplit.PAIRS ? splitPairs(chain) : splitGreedy(chain);
    }

    private static List<Run> splitPairs(Run chain) {
      List<Run> parts = new ArrayList<>();
      for (int i = chain.first; i + 1 <= chain.last; i += 2) {
        parts.add(new Run(i, i + 1));
      }
      return parts;
    }

    private List<Run> splitGreedy(Run chain) {
      List<Run> parts = new ArrayList<>();
      for (int first = chain.first; first <= chain.last; ) {
        int last = first;
        long size = clusters.get(first).size;
        while (last < chain.last && !exceeds(size + clusters.get(last + 1).size)) {
          last++;
          size += clusters.get(last).size;
        }
        if (last > first) {
          parts.add(new Run(first, last));
        }
        first = last + 1;
      }
      return parts;
    }

    private List<Cluster> merge(List<Run> runs) {
      List<Cluster> merged = new ArrayList<>();
      int next = 0;
      for (Run run : runs) {
        merged.addAll(clusters.subList(next, run.first));
        merged.add(join(clusters.subList(run.first, run.last + 1)));
        next = run.last + 1;
      }
      merged.addAll(clusters.subList(next, clusters.size()));
      return merged;
    }

    private Cluster join(List<Cluster> run) {
      int size = 0;
      double count = 0;
      List<Integer> members = new ArrayList<>();
      for (Cluster c : run) {
        size += c.size;
        count += c.count;
        members.addAll(c.members);
      }
      double sum = 0;
      double weights = 0;
      for (Cluster c : run) {
        double weight = weight(c, count);
        sum += c.value * weight;
        weights += weight;
      }
      double first = run.get(0).value;
      double last = run.get(run.size() - 1).value;
      return new Cluster(Math.min(Math.max(sum / weights, first), last), size, count, members);
    }

    private double weight(Cluster c, double runCount) {
      return switch (options.valueRule()) {
        case COUNT -> runCount == 0 ? 1 : c.count;
        case SIZE -> c.size;
        case ARITH -> 1;
      };
    }

    private Clustering result(int steps, int fallbackSteps) {
      int[] rowOf = new int[ids];
      for (int row = 0; row < clusters.size(); row++) {
        for (int id : clusters.get(row).members) {
          rowOf[id] = row;
        }
      }
      return new Clustering(
          rowOf,
          clusters.stream().mapToDouble(Cluster::value).toArray(),
          clusters.stream().mapToInt(Cluster::size).toArray(),
          clusters.stream().mapToDouble(Cluster::count).toArray(),
          steps,
          fallbackSteps);
    }
  }
}
