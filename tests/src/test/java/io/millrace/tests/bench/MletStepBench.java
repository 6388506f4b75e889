package io.millrace.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dense.DenseOptimizer;
import io.millrace.table.TableOptimizer;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A training step with factorised tables (k = 64 to d = 16) against one with plain tables of d =
 * 16, the same MLPs and examples. Target: at most 1.20 times the time (the MLET paper: 1.25).
 */
@Tag("bench")
class MletStepBench {
  private static final int BATCH = 128;
  private static final int STEPS = 64;
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 15);

  @Test
  void factorisedAgainstPlain() {
    DenseOptimizer.Rule sgd = DenseOptimizer.Rule.SGD;
    try (CriteoModel plain =
            new CriteoModel(sgd, .1, CriteoModel.plain(TableOptimizer.Rule.SGD, .1), 32_768);
        CriteoModel mlet = new CriteoModel(sgd, .1, CriteoModel.mlet(64, .1), 32_768)) {
      plain.train(300, BATCH);
      mlet.train(300, BATCH);
      double[] plainNanos = new double[ROUNDS];
      double[] mletNanos = new double[ROUNDS];
      for (int r = 0; r < ROUNDS; r++) {
        plainNanos[r] = Processor.nanos(() -> plain.train(STEPS, BATCH)) / (STEPS * BATCH);
        mletNanos[r] = Processor.nanos(() -> mlet.train(STEPS, BATCH)) / (STEPS * BATCH);
      }
      System.out.printf(
          Locale.ROOT,
          "%nMLET step, batch %d: median of %d rounds, load %.1f%n"
              + "  plain d = 16         %7.1f us an example%n"
              + "  MLET k = 64, d = 16  %7.1f us an example  %.2f x, target <= 1.20%n",
          BATCH,
          ROUNDS,
          Processor.load(),
          Processor.median(plainNanos) / 1e3,
          Processor.median(mletNanos) / 1e3,
          Processor.medianRatio(mletNanos, plainNanos));
      double ratio = Processor.medianRatio(mletNanos, plainNanos);
      BenchResults.add(MletStepBench.class, "MLET over plain", ratio, "x");
      assertThat(mlet.model.fields().get(0).table().trainingBytes())
          .isGreaterThan(64L * 4 * CriteoModel.ROWS);
    }
  }
}
