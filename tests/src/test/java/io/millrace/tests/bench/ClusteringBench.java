package io.millrace.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.cluster.ClusterOptions;
import io.millrace.cluster.Clustering;
import io.millrace.cluster.FastClustering;
import io.millrace.random.Gaussian;
import io.millrace.random.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clustering ids into a tenth as many rows with the paper's filters, equal frequencies by distance,
 * a hundredth of the merges a step: 10 M ids, without a cap and with 4 n / T, against one {@code
 * Arrays.parallelSort} of as many floats; 1 M ids against the numpy twin, which must find the same
 * rows.
 *
 * <p>Counts are Zipf-like whole numbers, 40 % of them 0; values are normal and spread wider for ids
 * that were met more often, as a trained table's are. Ratios are of neighbouring rounds, in
 * processor time, of all threads, and in wall time: both sides of the first table use all cores,
 * the twin uses one. On a busy machine only the former mean much.
 */
@Tag("bench")
class ClusteringBench {
  private static final int IDS = Integer.getInteger("bench.ids", 10_000_000);
  private static final int TWIN_IDS = Integer.getInteger("bench.twin.ids", 1_000_000);
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 5);

  @TempDir private Path folder;

  private final StringBuilder out = new StringBuilder();
  private Clustering result;

  /** Times of the rounds of one side, in nanoseconds. */
  private static final class Times {
    private final double[] cpu = new double[ROUNDS];
    private final double[] wall = new double[ROUNDS];

    void measure(int round, Runnable work) {
      long start = System.nanoTime();
      cpu[round] = Processor.nanos(work);
      wall[round] = System.nanoTime() - start;
    }

    String over(Times other) {
      return String.format(
          Locale.ROOT,
          "%6.2f %6.2f",
          Processor.medianRatio(cpu, other.cpu),
          Processor.medianRatio(wall, other.wall));
    }

    void record(String figure, Times other) {
      BenchResults.add(
          ClusteringBench.class, figure + ", cpu", Processor.medianRatio(cpu, other.cpu), "x");
      BenchResults.add(
          ClusteringBench.class, figure + ", wall", Processor.medianRatio(wall, other.wall), "x");
    }

    String seconds() {
      return String.format(
          Locale.ROOT, "%6.2f %6.2f s", Processor.median(cpu) / 1e9, Processor.median(wall) / 1e9);
    }
  }

  private static double[] counts(int ids) {
    SplittableRandom random = Seeds.generator(1, "clustering-bench-counts", ids);
    return random.doubles(ids).map(u -> Math.floor(.6 / (u + 1e-7))).toArray();
  }

  private static double[] values(double[] counts) {
    SplittableRandom random = Seeds.generator(1, "clustering-bench-values", counts.length);
    return Arrays.stream(counts)
        .map(c -> .01 + .1 * Math.min(1, Math.log1p(c) / 8))
        .map(spread -> (float) (spread * Gaussian.next(random)))
        .toArray();
  }

  private static ClusterOptions options(String cap) {
    return ClusterOptions.DEFAULT.with("max-cluster-size", cap);
  }

  @Test
  void againstASort() {
    double[] counts = counts(IDS);
    double[] values = values(counts);
    float[] floats = new float[IDS];
    Times sort = new Times();
    Times free = new Times();
    Times sortAgain = new Times();
    Times capped = new Times();
    for (int r = 0; r < ROUNDS; r++) {
      sort(sort, r, values, floats);
      free.measure(r, () -> cluster(values, counts, "none"));
      sort(sortAgain, r, values, floats);
      capped.measure(r, () -> cluster(values, counts, "auto"));
    }
    title("%,d ids into %,d rows over a parallelSort", IDS, IDS / 10);
    line("sort", sort.seconds(), "");
    line("no cap", free.seconds(), "");
    line("cap 4 n / T", capped.seconds(), "");
    line("no cap over sort", free.over(sort), "target at most 10");
    line("cap over sort", capped.over(sortAgain), "target at most 20");
    free.record("no cap over sort", sort);
    capped.record("cap over sort", sortAgain);
    System.out.print(out);
  }

  private static void sort(Times times, int round, double[] values, float[] floats) {
    for (int i = 0; i < IDS; i++) {
      floats[i] = (float) values[i];
    }
    times.measure(round, () -> Arrays.parallelSort(floats));
  }

  private void cluster(double[] values, double[] counts, String cap) {
    int rows = counts.length / 10;
    result = new FastClustering().cluster(values, counts, rows, options(cap));
    assertThat(result.rows()).isEqualTo(rows);
  }

  @Test
  void againstTheTwin() throws IOException, InterruptedException {
    double[] counts = counts(TWIN_IDS);
    double[] values = values(counts);
    try (ClusterTwin twin = new ClusterTwin(folder, values, counts)) {
      title("%,d ids into %,d rows, the twin over ours", TWIN_IDS, TWIN_IDS / 10);
      out.append("  twin: ").append(twin.version).append('\n');
      againstTheTwin(twin, values, counts, "none", 0);
      againstTheTwin(twin, values, counts, "auto", 40);
    }
    System.out.print(out);
  }

  private void againstTheTwin(
      ClusterTwin twin, double[] values, double[] counts, String cap, int size) throws IOException {
    int rows = TWIN_IDS / 10;
    int merges = (TWIN_IDS - rows + 99) / 100;
    Times ours = new Times();
    Times its = new Times();
    for (int r = 0; r < ROUNDS; r++) {
      ours.measure(r, () -> cluster(values, counts, cap));
      ClusterTwin.Run run = twin.cluster(rows, merges, size);
      its.cpu[r] = run.cpuNanos();
      its.wall[r] = run.wallNanos();
      assertThat(result.steps()).isEqualTo(run.steps());
      assertThat(Arrays.equals(result.rowOf(), twin.rows())).isTrue();
    }
    line("cap " + cap + ", ours", ours.seconds(), "");
    line("cap " + cap + ", the twin", its.seconds(), "");
    line("the twin over ours", its.over(ours), "target at least 12");
    its.record("the twin over ours, cap " + cap, ours);
  }

  private void title(String what, int ids, int rows) {
    out.append(
        String.format(
            Locale.ROOT,
            "%nClustering %s, median of %d rounds, %d cores, load %.1f%n  %-24s %6s %6s%n",
            String.format(Locale.ROOT, what, ids, rows),
            ROUNDS,
            Runtime.getRuntime().availableProcessors(),
            Processor.load(),
            "",
            "cpu",
            "wall"));
  }

  private void line(String name, String figures, String target) {
    out.append(String.format(Locale.ROOT, "  %-24s %s  %s%n", name, figures, target));
  }
}
