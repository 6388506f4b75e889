package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.random.Seeds;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FastClusteringTest {

  private static final long ROOT =
      Long.parseLong(System.getProperty("millrace.test.seed", "20260101"));

  private static final String[] FILTERS = {
    "paper",
    "no_freq",
    "no_size",
    "no_dist",
    "freq_only",
    "dist_only",
    "size_only",
    "dist_freq_size",
    "dist_size_freq",
    "size_freq_dist",
    "size_dist_freq",
    "freq_size_dist",
    "size:1.3,freq:3,size:0.5,dist:0.4"
  };

  private static final class Case {
    private final double[] values;
    private final double[] counts;
    private final int rows;
    private final ClusterOptions options;

    Case(double[] values, double[] counts, int rows, ClusterOptions options) {
      this.values = values;
      this.counts = counts;
      this.rows = rows;
      this.options = options;
    }
  }

  private static String pick(SplittableRandom random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** Values and counts with ties, zeros and heavy tails; caps from infeasible to none. */
  private static Case randomCase(long index, int maxIds) {
    SplittableRandom random = Seeds.generator(ROOT, "clustering-case", index);
    int n = 1 + random.nextInt(maxIds);
    double grid = Math.pow(10, random.nextInt(1, 7));
    boolean equalCounts = random.nextInt(6) == 0;
    boolean whole = random.nextBoolean();
    double zeros = random.nextInt(3) * .45;
    double[] values = new double[n];
    double[] counts = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = Math.rint((random.nextDouble() - .5) * grid) / 64;
      double tail = 1 / (random.nextDouble() + 1e-4);
      double count = equalCounts ? 3 : whole ? Math.floor(tail) : tail * .97;
      counts[i] = random.nextDouble() < zeros ? 0 : count;
    }
    ClusterOptions options =
        ClusterOptions.DEFAULT
            .with("filters", pick(random, FILTERS))
            .with("value-rule", pick(random, "count", "arith", "size"))
            .with("norm", pick(random, "step", "initial"))
            .with("rounding", pick(random, "ceil", "floor"))
            .with("cap-test", pick(random, "le", "lt"))
            .with("chain-split", pick(random, "pairs", "greedy"))
            .with("truncate", pick(random, "true", "true", "false"))
            .with("pair-range", pick(random, "all", "all", "all", "paper_exclusive"))
            .with("freq-tie", pick(random, "index", "dist"))
            .with("merges-per-step", pick(random, "auto", "auto", "1", "7", "1000000"))
            .with("max-cluster-size", pick(random, "auto", "none", "1", "2", "3", "17"));
    if (n > 600 && options.mergesPerStep() > 0 && options.mergesPerStep() < 100) {
      options = options.with("merges-per-step", "97");
    }
    return new Case(values, counts, 1 + random.nextInt(n + n / 10 + 1), options);
  }

  private static void assertEqualToReference(long index, int maxIds) {
    Case c = randomCase(index, maxIds);
    String name =
        "case "
            + index
            + " of "
            + maxIds
            + ", -Dmillrace.test.seed="
            + ROOT
            + ": "
            + c.values.length
            + " ids, "
            + c.rows
            + " rows, "
            + c.options.describe();
    Clustering slow = new ReferenceClustering().cluster(c.values, c.counts, c.rows, c.options);
    Clustering fast = new FastClustering().cluster(c.values, c.counts, c.rows, c.options);
    assertThat(fast.rowOf()).as(name).containsExactly(slow.rowOf());
    assertThat(fast.values()).as(name).containsExactly(slow.values());
    assertThat(fast.sizes()).as(name).containsExactly(slow.sizes());
    assertThat(fast.counts()).as(name).containsExactly(slow.counts());
    assertThat(fast.steps()).as(name).isEqualTo(slow.steps());
    assertThat(fast.fallbackSteps()).as(name).isEqualTo(slow.fallbackSteps());
    assertLaws(name, c, fast);
  }

  /** Laws: order, conservation, contiguity, the number of rows, and the cap without fallback. */
  private static void assertLaws(String name, Case c, Clustering result) {
    double[] ascending = result.values().clone();
    Arrays.sort(ascending);
    assertThat(result.values()).as(name).containsExactly(ascending);
    assertThat(Arrays.stream(result.sizes()).sum()).as(name).isEqualTo(c.values.length);
    for (int i = 0; i < c.values.length; i++) {
      for (int j = i + 1; j < Math.min(c.values.length, i + 20); j++) {
        if (c.values[i] <= c.values[j]) {
          assertThat(result.rowOf()[i]).as(name).isLessThanOrEqualTo(result.rowOf()[j]);
        }
      }
    }
    if (c.options.truncate() && c.options.pairRange() == ClusterOptions.PairRange.ALL) {
      assertThat(result.rows()).as(name).isEqualTo(Math.min(c.rows, c.values.length));
    }
    int cap = c.options.resolveCap(c.values.length, c.rows);
    if (result.fallbackSteps() == 0 && result.steps() > 0) {
      assertThat(c.options.exceeds(result.largestRow(), cap) && result.largestRow() > 1)
          .as(name)
          .isFalse();
    }
  }

  /** Law: fast and reference agree to the bit under every combination of options. */
  @ParameterizedTest
  @ValueSource(ints = {4, 40, 400})
  void smallRandomCases(int maxIds) {
    for (int i = 0; i < 40_000 / maxIds; i++) {
      assertEqualToReference(i, maxIds);
    }
  }

  @Test
  void largeRandomCases() {
    for (int i = 0; i < 25; i++) {
      assertEqualToReference(i, 5000);
    }
  }

  /** Law: with enough clusters to sample from, the prefiltered selection still agrees. */
  @Test
  void casesLargeEnoughToSample() {
    for (int i = 0; i < 4; i++) {
      SplittableRandom random = Seeds.generator(ROOT, "clustering-sampled", i);
      int n = 30_011;
      double grid = i % 2 == 0 ? 0x1p40 : 300;
      double[] values = random.doubles(n).map(v -> Math.rint(v * grid)).toArray();
      double[] counts = random.doubles(n).map(c -> Math.floor(.4 / c)).toArray();
      ClusterOptions options =
          ClusterOptions.DEFAULT
              .with("merges-per-step", "900")
              .with("freq-tie", i < 2 ? "dist" : "index");
      Clustering slow = new ReferenceClustering().cluster(values, counts, 3000, options);
      Clustering fast = new FastClustering().cluster(values, counts, 3000, options);
      assertThat(fast.rowOf()).containsExactly(slow.rowOf());
      assertThat(fast.values()).containsExactly(slow.values());
    }
  }

  /** Law: the order of distinct values does not matter, nor does scaling them by a power of two. */
  @Test
  void permutationAndScale() {
    SplittableRandom random = Seeds.generator(ROOT, "clustering-permute", 0);
    int n = 1021;
    double[] values = random.doubles(n).toArray();
    double[] counts = random.doubles(n).map(c -> Math.floor(1 / c)).toArray();
    double[] reversedValues = new double[n];
    double[] reversedCounts = new double[n];
    for (int i = 0; i < n; i++) {
      reversedValues[n - 1 - i] = values[i] * 512;
      reversedCounts[n - 1 - i] = counts[i];
    }
    FastClustering fast = new FastClustering();
    int[] rows = fast.cluster(values, counts, 100, ClusterOptions.DEFAULT).rowOf();
    int[] reversed =
        fast.cluster(reversedValues, reversedCounts, 100, ClusterOptions.DEFAULT).rowOf();
    for (int i = 0; i < n; i++) {
      assertThat(reversed[n - 1 - i]).isEqualTo(rows[i]);
    }
  }

  @Test
  void badInputIsNamed() {
    FastClustering fast = new FastClustering();
    ClusterOptions options = ClusterOptions.DEFAULT;
    double[] one = {1};
    assertThatThrownBy(() -> fast.cluster(one, one, 0, options))
        .hasMessage("rows must be >= 1 but was 0");
    assertThatThrownBy(() -> fast.cluster(new double[] {Double.NaN}, one, 1, options))
        .hasMessage("value must be finite but was NaN");
    assertThatThrownBy(() -> fast.cluster(one, new double[] {-1}, 1, options))
        .hasMessage("count must be finite and >= 0 but was -1.0");
    assertThat(fast.cluster(new double[0], new double[0], 3, options).rows()).isZero();
  }

  @Test
  void badOptionsAreNamed() {
    ClusterOptions options = ClusterOptions.DEFAULT;
    assertThatThrownBy(() -> options.with("cap-test", "eq"))
        .hasMessage("cap-test must be one of le, lt but was 'eq'");
    assertThatThrownBy(() -> options.with("merges-per-step", "0"))
        .hasMessage("merges-per-step must be auto or a number >= 1 but was '0'");
    assertThatThrownBy(() -> options.with("filters", "freq"))
        .hasMessageStartingWith("filters must be one of dist_freq_size, ")
        .hasMessageEndingWith("but was 'freq'");
    assertThatThrownBy(() -> options.with("speed", "1"))
        .hasMessage("unknown clustering option 'speed'");
  }

  /** Law: the line that describes options, read option by option, gives the same options. */
  @Test
  void describedOptionsReadBack() {
    ClusterOptions options =
        ClusterOptions.DEFAULT
            .with("filters", "size:1.3,freq:3")
            .with("max-cluster-size", "none")
            .with("truncate", "false");
    ClusterOptions read = ClusterOptions.DEFAULT;
    for (String pair : options.describe().split(" ")) {
      read = read.with(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    assertThat(read).isEqualTo(options);
  }
}
