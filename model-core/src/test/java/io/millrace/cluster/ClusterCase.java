package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.random.Seeds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * A random input of the clustering, of given options or random ones. If a check on it fails, it is
 * saved in the form that {@code ./millrace cluster} reads.
 */
final class ClusterCase {

  private static final long ROOT =
      Long.parseLong(System.getProperty("millrace.test.seed", "20260101"));

  static final String[] FILTERS = {
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

  private final String name;
  private final double[] values;
  private final double[] counts;
  private final int rows;
  private final ClusterOptions options;

  ClusterCase(String name, double[] values, double[] counts, int rows, ClusterOptions options) {
    this.name = name;
    this.values = values;
    this.counts = counts;
    this.rows = rows;
    this.options = options;
  }

  double[] values() {
    return values;
  }

  double[] counts() {
    return counts;
  }

  int rows() {
    return rows;
  }

  ClusterOptions options() {
    return options;
  }

  static SplittableRandom random(String name, long index) {
    return Seeds.generator(ROOT, "clustering-" + name, index);
  }

  /** Random options, and values and counts with ties, zeros and heavy tails. */
  static ClusterCase random(long index, int maxIds) {
    SplittableRandom random = random("case-" + maxIds, index);
    int n = 1 + random.nextInt(maxIds);
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
            .with("freq-tie", pick(random, "index", "dist"));
    return random("case " + index + " of at most " + maxIds + " ids", random, n, options);
  }

  /** Random ids, cap (from infeasible to none) and merges a step. */
  static ClusterCase random(String name, SplittableRandom random, int n, ClusterOptions options) {
    ClusterOptions all =
        options
            .with("merges-per-step", pick(random, "auto", "auto", "1", "7", "1000000"))
            .with("max-cluster-size", pick(random, "auto", "none", "1", "2", "3", "17"));
    if (n > 600 && all.mergesPerStep() > 0 && all.mergesPerStep() < 100) {
      all = all.with("merges-per-step", "97");
    }
    double grid = Math.pow(10, random.nextInt(1, 7));
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = Math.rint((random.nextDouble() - .5) * grid) / 64;
    }
    double[] counts = counts(random, n);
    int rows = 1 + random.nextInt(n + n / 10 + 1);
    return new ClusterCase(name, values, counts, rows, all);
  }

  private static double[] counts(SplittableRandom random, int n) {
    boolean equal = random.nextInt(6) == 0;
    boolean whole = random.nextBoolean();
    double zeros = random.nextInt(3) * .45;
    double[] counts = new double[n];
    for (int i = 0; i < n; i++) {
      double tail = 1 / (random.nextDouble() + 1e-4);
      double count = equal ? 3 : whole ? Math.floor(tail) : tail * .97;
      counts[i] = random.nextDouble() < zeros ? 0 : count;
    }
    return counts;
  }

  private static String pick(SplittableRandom random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** Whether the filters enforce the cap. */
  boolean capped() {
    return options.filters().stream().anyMatch(s -> s.filter() == FilterSlot.Name.SIZE);
  }

  /** Runs a check on this case; if it fails, saves the case. */
  void check(Runnable check) {
    try {
      check.run();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(this + "; saved as " + save(), e);
    }
  }

  private Path save() {
    StringBuilder csv = new StringBuilder("id,value,count\n");
    for (int i = 0; i < values.length; i++) {
      csv.append(i).append(',').append(values[i]).append(',').append(counts[i]).append('\n');
    }
    try {
      Path file = Path.of("target", "failed", name.replace(' ', '-') + ".csv");
      Files.createDirectories(file.getParent());
      return Files.writeString(file, csv).toAbsolutePath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return name
        + ", -Dmillrace.test.seed="
        + ROOT
        + ": "
        + values.length
        + " ids, "
        + rows
        + " rows, "
        + options.describe();
  }

  Clustering run(Clusterer clusterer) {
    return clusterer.cluster(values, counts, rows, options);
  }

  /** Law: two implementations agree to the bit. */
  static void assertEqual(Clustering actual, Clustering expected) {
    assertThat(actual.rowOf()).containsExactly(expected.rowOf());
    assertThat(actual.values()).containsExactly(expected.values());
    assertThat(actual.sizes()).containsExactly(expected.sizes());
    assertThat(actual.counts()).containsExactly(expected.counts());
    assertThat(actual.steps()).isEqualTo(expected.steps());
    assertThat(actual.fallbackSteps()).isEqualTo(expected.fallbackSteps());
  }
}
