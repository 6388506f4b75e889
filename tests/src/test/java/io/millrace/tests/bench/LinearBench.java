package io.millrace.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dense.DenseOptimizer;
import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import io.millrace.linear.LinearOptions;
import io.millrace.linear.LinearPart;
import io.millrace.linear.LinearSlots;
import io.millrace.math.Mix64;
import io.millrace.table.TableOptimizer;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The linear part at 26 ids and 13 dense values an event, on one core.
 *
 * <p>Alone, one event at a time: at least 400,000 events a second; beside it the limit of random
 * access, a loop that reads and writes as many slots of the same array. Beside the network of
 * {@link DlrmStepBench}, batch 128: at most 8 % of the network's step.
 */
@Tag("bench")
class LinearBench {
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 7);
  private static final int EXAMPLES = 1 << 16;

  /** Passes over the examples in a round alone: processor time is counted in steps of 10 ms. */
  private static final int PASSES = 8;

  private static final int SLOTS_AN_EVENT = CriteoModel.FIELDS + CriteoModel.DENSE;

  private static LinearPart part(int slots) {
    LinearOptions options =
        new LinearOptions(slots, 0, .1, 1, 0, 1, 8, LinearOptions.Precision.FLOAT16);
    return new LinearPart(
        new LinearSlots(slots, CriteoModel.FIELDS, CriteoModel.DENSE, 8), options);
  }

  private static CriteoModel criteo() {
    return new CriteoModel(
        DenseOptimizer.Rule.ADAM,
        .001,
        CriteoModel.plain(TableOptimizer.Rule.ROWWISE_ADAGRAD, .05),
        EXAMPLES);
  }

  /** 256 kB, 1 MB and 16 MB while training. */
  @ParameterizedTest
  @ValueSource(ints = {1 << 15, 1 << 17, 1 << 21})
  void alone(int slots) {
    try (CriteoModel criteo = criteo();
        ClickModel linear = new ClickModel(null, part(slots))) {
      float[] p = new float[1];
      float[] array = new float[2 * slots];
      double[] ours = new double[ROUNDS];
      double[] limit = new double[ROUNDS];
      for (int r = -2; r < ROUNDS; r++) {
        double learned =
            Processor.nanos(() -> learn(linear, criteo.examples(), p)) / (PASSES * EXAMPLES);
        double touched = Processor.nanos(() -> touch(array, slots)) / (PASSES * EXAMPLES);
        if (r >= 0) {
          ours[r] = learned;
          limit[r] = touched;
        }
      }
      double perSecond = 1e9 / Processor.median(ours);
      double ratio = Processor.medianRatio(ours, limit);
      System.out.printf(
          Locale.ROOT,
          "%nlinear part alone, %,d weights, load %.1f: %,.0f events/s; %.1f times the time of"
              + " reading and writing %d random slots an event (%.0f ns)%n",
          slots,
          Processor.load(),
          perSecond,
          ratio,
          SLOTS_AN_EVENT,
          Processor.median(limit));
      BenchResults.add(LinearBench.class, slots + " weights, over random access", ratio, "x");
      BenchResults.add(LinearBench.class, slots + " weights", perSecond / 1e3, "k events/s");
      assertThat(perSecond).isGreaterThanOrEqualTo(400_000);
      assertThat(array[0]).isNotNaN();
    }
  }

  private static void learn(ClickModel linear, List<ClickEvent> events, float[] p) {
    for (int pass = 0; pass < PASSES; pass++) {
      for (ClickEvent event : events) {
        List<ClickEvent> one = List.of(event);
        linear.predict(one, p);
        linear.learn(one, p);
      }
    }
  }

  /** Reads and writes the two floats of as many slots as the events use. */
  private static void touch(float[] array, int slots) {
    for (int e = 0; e < PASSES * EXAMPLES; e++) {
      for (int i = 0; i < SLOTS_AN_EVENT; i++) {
        int at = 2 * Mix64.reduce(Mix64.mix(e * 64L + i), slots);
        array[at] += 1;
        array[at + 1] += .5f;
      }
    }
  }

  /** A fifth of the bytes of a tenth of the rows: 255 kB served. */
  @ParameterizedTest
  @ValueSource(ints = {1 << 15, 1 << 17})
  void besideTheNetwork(int slots) {
    try (CriteoModel criteo = criteo()) {
      ClickModel both = new ClickModel(criteo.network, part(slots)); // criteo closes the network
      double[] with = new double[ROUNDS];
      double[] without = new double[ROUNDS];
      for (int r = -1; r < ROUNDS; r++) {
        double network = Processor.nanos(() -> steps(criteo.model, criteo.examples()));
        double sum = Processor.nanos(() -> steps(both, criteo.examples()));
        if (r >= 0) {
          without[r] = network;
          with[r] = sum;
        }
      }
      double ratio = Processor.medianRatio(with, without);
      System.out.printf(
          Locale.ROOT,
          "%nlinear part of %,d weights beside the network, batch 128, load %.1f: %.3f times the"
              + " step without it (%.1f us an example)%n",
          slots,
          Processor.load(),
          ratio,
          Processor.median(without) / EXAMPLES / 1e3);
      BenchResults.add(LinearBench.class, slots + " weights beside the network", ratio, "x");
      assertThat(ratio).isLessThanOrEqualTo(1.08);
    }
  }

  private static void steps(ClickModel model, List<ClickEvent> events) {
    float[] p = new float[128];
    for (int at = 0; at < EXAMPLES; at += 128) {
      List<ClickEvent> batch = events.subList(at, at + 128);
      model.predict(batch, p);
      model.learn(batch, p);
    }
  }
}
