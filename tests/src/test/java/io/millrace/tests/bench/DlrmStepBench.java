package io.millrace.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dense.DenseOptimizer;
import io.millrace.table.TableOptimizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A training step of the Criteo architecture against facebookresearch/dlrm on the same weights and
 * batches, one thread each, and against the matrix products alone. Ours starts from events with
 * 64-bit ids, the peer's from tensors of row numbers.
 */
@Tag("bench")
class DlrmStepBench {
  private static final int EXAMPLES = 65_536;
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 15);
  private static final int EXAMPLES_A_ROUND = 8192;

  @TempDir Path folder;

  @BeforeAll
  static void peer() throws Exception {
    DlrmPeer.assumeThere();
  }

  /** Targets: at least so many times as fast as the peer unlocked, as installed; share of limit. */
  @ParameterizedTest
  @CsvSource({"sgd, 128, 1.8, 3, .75", "sgd, 2048, 1.3, 0, 0", "rwsadagrad, 128, 3, 0, 0"})
  void step(String optimizer, int batch, double unlocked, double installed, double share)
      throws IOException {
    boolean sgd = optimizer.equals("sgd");
    double rate = sgd ? .1 : .01;
    DenseOptimizer.Rule dense = sgd ? DenseOptimizer.Rule.SGD : DenseOptimizer.Rule.ADAGRAD;
    TableOptimizer.Rule rows = sgd ? TableOptimizer.Rule.SGD : TableOptimizer.Rule.ROWWISE_ADAGRAD;
    try (CriteoModel ours = new CriteoModel(dense, rate, CriteoModel.plain(rows, rate), EXAMPLES)) {
      DlrmPeer.write(ours, folder);
      try (DlrmPeer fast = new DlrmPeer(folder, optimizer, rate, batch, true);
          DlrmPeer plain = new DlrmPeer(folder, optimizer, rate, batch, false);
          Sgemm sgemm = new Sgemm()) {
        assertSameWork(ours, fast, plain, batch);
        double[][] nanos = measure(ours, fast, plain, sgemm, batch);
        print(optimizer, batch, ours, fast, nanos, new double[] {unlocked, installed, share});
      }
    }
  }

  /** After 20 steps both predict the same; in the mean, as Adagrad's first steps are signs. */
  private static void assertSameWork(CriteoModel ours, DlrmPeer fast, DlrmPeer plain, int batch) {
    ours.train(20, batch);
    fast.train(20);
    plain.train(20);
    float[] p = ours.predict(batch);
    for (float[] other : new float[][] {fast.predict(), plain.predict()}) {
      double sum = 0;
      for (int i = 0; i < batch; i++) {
        sum += Math.abs(p[i] - other[i]);
      }
      assertThat(sum / batch).isLessThan(1e-4);
    }
  }

  /** Nanoseconds an example, by side and round; the limit's are for the products of an example. */
  private static double[][] measure(
      CriteoModel ours, DlrmPeer fast, DlrmPeer plain, Sgemm sgemm, int batch) {
    int steps = EXAMPLES_A_ROUND / batch;
    double examples = (double) steps * batch;
    ours.train(Math.max(10, 40_000 / batch), batch);
    double[][] nanos = new double[4][ROUNDS];
    for (int r = 0; r < ROUNDS; r++) {
      nanos[0][r] = Processor.nanos(() -> ours.train(steps, batch)) / examples;
      nanos[1][r] = fast.train(steps) / examples;
      nanos[2][r] = plain.train(steps) / examples;
      nanos[3][r] = sgemm.nanosPerFlop() * CriteoModel.FLOP;
    }
    return nanos;
  }

  private static void print(
      String optimizer,
      int batch,
      CriteoModel ours,
      DlrmPeer peer,
      double[][] nanos,
      double[] targets) {
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(
            Locale.ROOT,
            "%nDLRM step, %s, batch %d: median of %d rounds, load %.1f, MLPs on %s, peer on %s%n",
            optimizer,
            batch,
            ROUNDS,
            Processor.load(),
            ours.network.top().engine(),
            peer.version));
    line(out, "ours", nanos[0], "");
    String run = optimizer + ", batch " + batch + ", ";
    BenchResults.add(
        DlrmStepBench.class, run + "ours", Processor.median(nanos[0]) / 1e3, "us an example");
    String[] names = {"peer, unlocked", "peer, as installed", "sgemm limit"};
    for (int i = 0; i < names.length; i++) {
      double ratio = Processor.medianRatio(nanos[i + 1], nanos[0]);
      BenchResults.add(DlrmStepBench.class, run + names[i] + " over ours", ratio, "x");
      String target = targets[i] == 0 ? "" : String.format(Locale.ROOT, ", target %s", targets[i]);
      line(out, names[i], nanos[i + 1], String.format(Locale.ROOT, "%.2f x%s", ratio, target));
    }
    System.out.print(out);
  }

  private static void line(StringBuilder out, String name, double[] nanos, String remark) {
    double micros = Processor.median(nanos) / 1e3;
    out.append(
        String.format(
            Locale.ROOT,
            "  %-20s %7.1f us an example %7.1f k/s  %s%n",
            name,
            micros,
            1e3 / micros,
            remark));
  }
}
