package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.cluster.ClusterOptions.PairRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Laws that every {@link Clusterer} keeps. */
abstract class ClustererContract {

  abstract Clusterer clusterer();

  /**
   * Laws: rows ascend with value, and so do the values of their ids; sizes and counts are
   * conserved; there are as many rows as wanted; the cap is broken if and only if a step fell back.
   */
  @ParameterizedTest
  @ValueSource(ints = {5, 50, 300})
  void randomCases(int maxIds) {
    for (int i = 0; i < 10_000 / maxIds; i++) {
      ClusterCase c = ClusterCase.random(i, maxIds);
      c.check(
          () -> {
            Clustering result = c.run(clusterer());
            assertOrder(c, result);
            assertConserved(c, result);
            assertRows(c, result);
            assertCap(c, result);
          });
    }
  }

  private static void assertOrder(ClusterCase c, Clustering result) {
    double[] ascending = result.values().clone();
    Arrays.sort(ascending);
    assertThat(result.values()).containsExactly(ascending);
    int[] rowsByValue =
        IntStream.range(0, c.values().length)
            .boxed()
            .sorted((a, b) -> Double.compare(c.values()[a] + 0.0, c.values()[b] + 0.0))
            .mapToInt(i -> result.rowOf()[i])
            .toArray();
    assertThat(rowsByValue).isSorted();
  }

  private static void assertConserved(ClusterCase c, Clustering result) {
    int[] sizes = new int[result.rows()];
    double[] counts = new double[result.rows()];
    for (int i = 0; i < c.values().length; i++) {
      sizes[result.rowOf()[i]]++;
      counts[result.rowOf()[i]] += c.counts()[i];
    }
    assertThat(result.sizes()).containsExactly(sizes);
    assertThat(result.counts()).hasSize(counts.length);
    for (int row = 0; row < counts.length; row++) {
      assertThat(result.counts()[row]).isCloseTo(counts[row], within(1e-12 * counts[row]));
    }
  }

  private static void assertRows(ClusterCase c, Clustering result) {
    if (c.options().truncate() && c.options().pairRange() == PairRange.ALL) {
      assertThat(result.rows()).isEqualTo(Math.min(c.rows(), c.values().length));
    }
  }

  private static void assertCap(ClusterCase c, Clustering result) {
    int cap = c.options().resolveCap(c.values().length, c.rows());
    int largest = result.largestRow();
    if (c.capped()) {
      assertThat(largest > 1 && c.options().exceeds(largest, cap))
          .isEqualTo(result.fallbackSteps() > 0);
    }
  }

  private void transformed(Consumer<ClusterCase> law) {
    for (int i = 0; i < 40; i++) {
      ClusterCase drawn = ClusterCase.random(i, 400);
      SplittableRandom random = ClusterCase.random("distinct", i);
      double[] values =
          random
              .longs(0, 1L << 30)
              .distinct()
              .limit(drawn.values().length)
              .mapToDouble(v -> v * 0x1p-30)
              .toArray();
      ClusterCase c =
          new ClusterCase("distinct " + i, values, drawn.counts(), drawn.rows(), drawn.options());
      c.check(() -> law.accept(c));
    }
  }

  private int[] rowOf(double[] values, double[] counts, ClusterCase c) {
    return clusterer().cluster(values, counts, c.rows(), c.options()).rowOf();
  }

  /** Law: the order in which ids of distinct values come does not matter. */
  @Test
  void permutationsOfIds() {
    transformed(
        c -> {
          int n = c.values().length;
          int[] order =
              ClusterCase.random("permutation", n).ints(0, n).distinct().limit(n).toArray();
          int[] rows = rowOf(c.values(), c.counts(), c);
          int[] permuted =
              rowOf(
                  Arrays.stream(order).mapToDouble(i -> c.values()[i]).toArray(),
                  Arrays.stream(order).mapToDouble(i -> c.counts()[i]).toArray(),
                  c);
          assertThat(permuted).containsExactly(Arrays.stream(order).map(i -> rows[i]).toArray());
        });
  }

  /**
   * Law: multiplying values by a power of two changes nothing, nor does adding one, as long as it
   * loses no bits.
   */
  @Test
  void scaledAndShiftedValues() {
    transformed(
        c -> {
          int[] rows = rowOf(c.values(), c.counts(), c);
          double[] scaled = Arrays.stream(c.values()).map(v -> v * 512).toArray();
          double[] shifted = Arrays.stream(c.values()).map(v -> v - 2).toArray();
          assertThat(rowOf(scaled, c.counts(), c)).containsExactly(rows);
          assertThat(rowOf(shifted, c.counts(), c)).containsExactly(rows);
        });
  }

  /** Law: one merge a step by distance alone is the classical merging of the smallest gap. */
  @ParameterizedTest
  @ValueSource(strings = {"arith", "size", "count"})
  void oneMergeAStepByDistance(String rule) {
    ClusterOptions options =
        ClusterOptions.DEFAULT
            .with("filters", "dist_only")
            .with("merges-per-step", "1")
            .with("value-rule", rule);
    for (int i = 0; i < 50; i++) {
      ClusterCase drawn = ClusterCase.random(i, 120);
      ClusterCase c =
          new ClusterCase("gaps " + i, drawn.values(), drawn.counts(), drawn.rows(), options);
      c.check(() -> assertThat(c.run(clusterer()).sizes()).containsExactly(smallestGaps(c)));
    }
  }

  /** Sizes of the rows after merging the leftmost smallest gap again and again. */
  private static int[] smallestGaps(ClusterCase c) {
    List<double[]> clusters = new ArrayList<>();
    IntStream.range(0, c.values().length)
        .boxed()
        .sorted((a, b) -> Double.compare(c.values()[a] + 0.0, c.values()[b] + 0.0))
        .forEach(i -> clusters.add(new double[] {c.values()[i], c.counts()[i], 1}));
    while (clusters.size() > c.rows()) {
      int smallest = 0;
      for (int i = 1; i + 1 < clusters.size(); i++) {
        if (gap(clusters, i) < gap(clusters, smallest)) {
          smallest = i;
        }
      }
      double[] right = clusters.remove(smallest + 1);
      double[] left = clusters.get(smallest);
      clusters.set(smallest, joined(left, right, c.options().valueRule()));
    }
    return clusters.stream().mapToInt(x -> (int) x[2]).toArray();
  }

  private static double gap(List<double[]> clusters, int i) {
    return clusters.get(i + 1)[0] - clusters.get(i)[0];
  }

  private static double[] joined(double[] left, double[] right, ClusterOptions.ValueRule rule) {
    double count = left[1] + right[1];
    double a = weight(left, rule, count);
    double b = weight(right, rule, count);
    double value = (left[0] * a + right[0] * b) / (a + b);
    return new double[] {Math.min(Math.max(value, left[0]), right[0]), count, left[2] + right[2]};
  }

  private static double weight(double[] cluster, ClusterOptions.ValueRule rule, double count) {
    return switch (rule) {
      case ARITH -> 1;
      case SIZE -> cluster[2];
      case COUNT -> count == 0 ? 1 : cluster[1];
    };
  }

  @Test
  void badInputIsNamed() {
    Clusterer clusterer = clusterer();
    ClusterOptions options = ClusterOptions.DEFAULT;
    double[] one = {1};
    assertThatThrownBy(() -> clusterer.cluster(one, one, 0, options))
        .hasMessage("rows must be >= 1 but was 0");
    assertThatThrownBy(() -> clusterer.cluster(new double[] {Double.NaN}, one, 1, options))
        .hasMessage("value must be finite but was NaN");
    assertThatThrownBy(() -> clusterer.cluster(one, new double[] {-1}, 1, options))
        .hasMessage("count must be finite and >= 0 but was -1.0");
    assertThatThrownBy(() -> clusterer.cluster(one, new double[2], 1, options))
        .hasMessage("as many counts as values expected but were 2 and 1");
  }

  /** Law: no ids make no rows, and fewer ids than rows one each, in order of value. */
  @Test
  void fewerIdsThanRows() {
    ClusterOptions options = ClusterOptions.DEFAULT;
    assertThat(clusterer().cluster(new double[0], new double[0], 3, options).rows()).isZero();
    Clustering result =
        clusterer().cluster(new double[] {3, -1, 0, -0.0}, new double[4], 9, options);
    assertThat(result.rowOf()).containsExactly(3, 0, 1, 2);
    assertThat(result.steps()).isZero();
  }
}
