package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FastClusteringTest extends ClustererContract {

  /** Samples, sweeps and merges in parts even where that does not pay. */
  private static FastClustering eager(int parts) {
    return new FastClustering(new Parts(7, parts), 16);
  }

  @Override
  Clusterer clusterer() {
    return new FastClustering();
  }

  /** Law: the fast clustering equals the reference to the bit, in however many parts it works. */
  private static void assertEqualToReference(ClusterCase c) {
    c.check(
        () -> {
          Clustering slow = c.run(new ReferenceClustering());
          ClusterCase.assertEqual(c.run(new FastClustering()), slow);
          ClusterCase.assertEqual(c.run(eager(1)), slow);
          ClusterCase.assertEqual(c.run(eager(5)), slow);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 40, 400})
  void smallRandomCases(int maxIds) {
    for (int i = 0; i < 40_000 / maxIds; i++) {
      assertEqualToReference(ClusterCase.random(i, maxIds));
    }
  }

  @Test
  void largeRandomCases() {
    for (int i = 0; i < 25; i++) {
      assertEqualToReference(ClusterCase.random(i, 5000));
    }
  }

  @Test
  @Tag("long")
  void manyLargeRandomCases() {
    for (int i = 25; i < 500; i++) {
      assertEqualToReference(ClusterCase.random(i, 5000));
    }
  }

  /**
   * Law: the random cases contain what they are meant to: equal values, equal and zero counts, and
   * caps that no clustering keeps.
   */
  @Test
  void randomCasesHoldTiesZerosAndInfeasibleCaps() {
    int equalValues = 0;
    int equalCounts = 0;
    int zeroCounts = 0;
    int infeasible = 0;
    int fallbacks = 0;
    for (int i = 0; i < 25; i++) {
      ClusterCase c = ClusterCase.random(i, 5000);
      int n = c.values().length;
      equalValues += Arrays.stream(c.values()).distinct().count() < n ? 1 : 0;
      equalCounts +=
          Arrays.stream(c.counts()).filter(x -> x > 0).distinct().count() < n / 2 ? 1 : 0;
      zeroCounts += Arrays.stream(c.counts()).anyMatch(x -> x == 0) ? 1 : 0;
      int cap = c.options().resolveCap(n, c.rows());
      infeasible += c.capped() && (long) cap * c.rows() < n ? 1 : 0;
      fallbacks += c.run(new FastClustering()).fallbackSteps() > 0 ? 1 : 0;
    }
    assertThat(List.of(equalValues, equalCounts, zeroCounts, infeasible, fallbacks))
        .allMatch(cases -> cases >= 5);
  }

  /** Law: 5,000 ids of three values, or of one, with counts of 0 and 1, or of 0, and caps of 2. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "paper",
        "no_freq",
        "dist_size_freq",
        "size_freq_dist",
        "size_dist_freq",
        "freq_size_dist",
        "size_only"
      })
  void nothingButTies(String filters) {
    ClusterOptions options =
        ClusterOptions.DEFAULT
            .with("filters", filters)
            .with("merges-per-step", "400")
            .with("max-cluster-size", "2");
    for (int kinds : new int[] {1, 3}) {
      double[] values = new double[5000];
      double[] counts = new double[5000];
      Arrays.setAll(values, i -> i * 7 % kinds - 1);
      Arrays.setAll(counts, i -> kinds > 1 && i * 5 % 4 == 0 ? 1 : 0);
      ClusterCase c = new ClusterCase(filters + " of " + kinds, values, counts, 500, options);
      assertEqualToReference(c);
      assertThat(c.run(new FastClustering()).fallbackSteps()).isPositive();
    }
  }

  /** Law: filters may come in any order, any number of times, and with any budgets. */
  @Test
  void filtersInAnyOrder() {
    for (int i = 0; i < 400; i++) {
      SplittableRandom random = ClusterCase.random("filters", i);
      StringJoiner filters = new StringJoiner(",");
      for (int f = random.nextInt(1, 7); f > 0; f--) {
        FilterSlot.Name[] names = FilterSlot.Name.values();
        String name = names[random.nextInt(names.length)].key();
        filters.add(name + ":" + random.nextInt(1, 40) / 10.);
      }
      ClusterOptions options =
          ClusterOptions.DEFAULT
              .with("filters", filters.toString())
              .with("freq-tie", i % 2 == 0 ? "dist" : "index")
              .with("truncate", i % 3 == 0 ? "false" : "true");
      int ids = 1 + random.nextInt(300);
      assertEqualToReference(ClusterCase.random("filters " + filters, random, ids, options));
    }
  }

  /** Every combination of options, each on an input of its own. */
  @ParameterizedTest
  @ValueSource(strings = {"count", "arith", "size"})
  void allCombinationsOfOptions(String valueRule) {
    ClusterOptions rule = ClusterOptions.DEFAULT.with("value-rule", valueRule);
    for (String filters : ClusterCase.FILTERS) {
      for (int bits = 0; bits < 1 << 7; bits++) {
        ClusterOptions options =
            rule.with("filters", filters)
                .with("norm", (bits & 1) == 0 ? "step" : "initial")
                .with("rounding", (bits & 2) == 0 ? "ceil" : "floor")
                .with("cap-test", (bits & 4) == 0 ? "le" : "lt")
                .with("chain-split", (bits & 8) == 0 ? "pairs" : "greedy")
                .with("truncate", (bits & 16) == 0 ? "true" : "false")
                .with("pair-range", (bits & 32) == 0 ? "all" : "paper_exclusive")
                .with("freq-tie", (bits & 64) == 0 ? "dist" : "index");
        SplittableRandom random = ClusterCase.random(valueRule + filters, bits);
        int ids = 1 + random.nextInt(200);
        assertEqualToReference(
            ClusterCase.random(valueRule + " " + filters + " " + bits, random, ids, options));
      }
    }
  }

  /** Law: counts whose squares are too large to be summed exactly do not matter. */
  @Test
  void hugeCounts() {
    for (int i = 0; i < 200; i++) {
      ClusterCase c = ClusterCase.random(i, 300);
      double[] counts = c.counts();
      for (int j = 0; j < counts.length; j++) {
        counts[j] = Math.rint(counts[j] * (j % 7 == 0 ? 1e12 : 1e4));
      }
      assertEqualToReference(c);
    }
  }

  /** Law: with enough ids to work in parts by itself, it still agrees. */
  @Test
  void casesLargeEnoughForParts() {
    for (int i = 0; i < 4; i++) {
      SplittableRandom random = ClusterCase.random("large", i);
      int n = 70_001;
      assertThat(Parts.DEFAULT.count(n)).isGreaterThan(1);
      double grid = i % 2 == 0 ? 0x1p40 : 300;
      double[] values = random.doubles(n).map(v -> Math.rint(v * grid)).toArray();
      double[] counts = random.doubles(n).map(c -> Math.floor(.4 / c)).toArray();
      ClusterOptions options =
          ClusterOptions.DEFAULT
              .with("merges-per-step", "5000")
              .with("freq-tie", i < 2 ? "dist" : "index");
      ClusterCase c = new ClusterCase("large " + i, values, counts, 20_000, options);
      c.check(
          () ->
              ClusterCase.assertEqual(
                  c.run(new FastClustering()), c.run(new ReferenceClustering())));
    }
  }
}
