package io.millrace.tests.gpu;

import io.millrace.dense.DenseEngine;
import io.millrace.dense.DenseNet;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dense.MlpSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Time of a training step of one MLP, 367-512-256-1 under SGD: inputs from the heap, forward,
 * backward, update, outputs and gradients back. {@code tests/gpu/steps.py} does the same in
 * PyTorch.
 */
final class StepTimes {

  private static final MlpSpec SPEC = new MlpSpec(List.of(367, 512, 256, 1), false);

  /** Batches, from what students learn by default to what fills a card. */
  private static final int[] BATCHES = {128, 512, 2048, 8192, 32_768, 65_536};

  private static final int WARM_UP = 20;
  private static final int MOST = 200;

  /** Time for one size of batch. */
  private static final long BUDGET_NANOS = 4_000_000_000L;

  private StepTimes() {}

  /** Prints the median time of a step for each size. */
  static void print(DenseEngine engine) {
    DenseOptimizer sgd = DenseOptimizer.of(DenseOptimizer.Rule.SGD, 0.001);
    try (DenseNet net = engine.create(SPEC, sgd, 1)) {
      for (int batch : BATCHES) {
        System.out.printf(
            Locale.ROOT, "steps %s %d %.1f%n", net.engine(), batch, median(net, batch) / 1e3);
      }
    }
  }

  /** In ns. */
  private static long median(DenseNet net, int batch) {
    float[] x = random(batch * SPEC.inputs());
    float[] dy = random(batch);
    float[] y = new float[batch];
    float[] dx = new float[batch * SPEC.inputs()];
    long begin = System.nanoTime();
    long[] times = new long[WARM_UP + MOST];
    int n = 0;
    while (n < times.length && (n < 3 || System.nanoTime() - begin < BUDGET_NANOS)) {
      long start = System.nanoTime();
      net.forward(x, batch, y);
      net.backward(dy, batch, dx);
      net.step();
      times[n++] = System.nanoTime() - start;
    }
    int from = n > 2 * WARM_UP ? WARM_UP : n / 2;
    long[] kept = Arrays.copyOfRange(times, from, n);
    Arrays.sort(kept);
    return kept[kept.length / 2];
  }

  private static float[] random(int n) {
    SplittableRandom random = new SplittableRandom(n);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) (random.nextDouble() - .5) / 100;
    }
    return values;
  }
}
