package io.millrace.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dense.DenseOptimizer;
import io.millrace.table.TableOptimizer;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two trainers in one process against one alone. Target: 1.8 times its examples a second, where two
 * cores are free. On a busy machine wall times tell little, so the bench also prints by how much
 * the processor time of an example grows when two train at once: without locks or helper threads
 * between them, 2 divided by that growth is the speed-up that free cores give.
 */
@Tag("bench")
class TwoTrainersBench {
  private static final int BATCH = 128;
  private static final int STEPS = 64;
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 15);

  @Test
  void twoAgainstOne() {
    try (CriteoModel first = model();
        CriteoModel second = model();
        CriteoModel alone = model()) {
      for (CriteoModel model : List.of(first, second, alone)) {
        model.train(300, BATCH);
      }
      double[][] one = new double[2][ROUNDS];
      double[][] two = new double[2][ROUNDS];
      for (int r = 0; r < ROUNDS; r++) {
        measure(() -> alone.train(STEPS, BATCH), one, r, 1);
        measure(() -> trainBoth(first, second), two, r, 2);
      }
      System.out.printf(
          Locale.ROOT,
          "%nTwo trainers, batch %d: median of %d rounds, load %.1f%n"
              + "  wall time                     %.2f x the examples a second of one, target 1.8%n"
              + "  processor time of an example  %.2f x that of one, which allows %.2f x%n",
          BATCH,
          ROUNDS,
          Processor.load(),
          Processor.medianRatio(one[0], two[0]),
          Processor.medianRatio(two[1], one[1]),
          2 / Processor.medianRatio(two[1], one[1]));
      double wall = Processor.medianRatio(one[0], two[0]);
      BenchResults.add(TwoTrainersBench.class, "two over one, examples/s", wall, "x");
      trainBoth(first, second);
      assertThat(second.predict(BATCH)).isEqualTo(first.predict(BATCH));
    }
  }

  private static CriteoModel model() {
    return new CriteoModel(
        DenseOptimizer.Rule.SGD, .1, CriteoModel.plain(TableOptimizer.Rule.SGD, .1), 16_384);
  }

  private static void trainBoth(CriteoModel first, CriteoModel second) {
    CompletableFuture<Void> other =
        CompletableFuture.runAsync(() -> second.train(STEPS, BATCH), r -> new Thread(r).start());
    first.train(STEPS, BATCH);
    other.join();
  }

  /** Wall and processor time of an example. */
  private static void measure(Runnable work, double[][] nanos, int round, int trainers) {
    long start = System.nanoTime();
    double processor = Processor.nanos(work);
    double examples = (double) STEPS * BATCH * trainers;
    nanos[0][round] = (System.nanoTime() - start) / examples;
    nanos[1][round] = processor / examples;
  }
}
