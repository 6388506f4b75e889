package io.millrace.dlrm;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dense.DenseOptimizer;
import io.millrace.event.ClickEvent;
import io.millrace.table.TableOptimizer;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelFactoryTest {

  // Law: an engine that is named computes both MLPs; auto chooses for each by its size.
  @ParameterizedTest
  @CsvSource({
    "plain, plain, plain",
    "onednn, onednn, onednn",
    "djl-cpu, djl-cpu, djl-cpu",
    "auto, plain, onednn"
  })
  void theEngineIsForced(String engine, String bottom, String top) {
    TrainerOptions options =
        new TrainerOptions(
            4,
            List.of(8),
            true,
            List.of(128),
            32,
            new TableOptimizer(TableOptimizer.Rule.SGD, .1),
            DenseOptimizer.of(DenseOptimizer.Rule.SGD, .1),
            engine);
    try (Dlrm model = ModelFactory.dlrm("student", options, 3, List.of(), 5)) {
      assertThat(model.bottom().engine()).isEqualTo(bottom);
      assertThat(model.top().engine()).isEqualTo(top);
    }
  }

  // Law: a narrow bottom MLP that ends in a ReLU puts out 0 for every event in some of 40 seeds.
  // One that ends without does so in none.
  @Test
  void aLinearOutputKeepsNarrowNetworksAlive() {
    assertThat(seedsOfOneValue(true)).isBetween(2L, 20L);
    assertThat(seedsOfOneValue(false)).isZero();
  }

  private static long seedsOfOneValue(boolean bottomRelu) {
    TrainerOptions options =
        new TrainerOptions(
            2,
            List.of(8),
            bottomRelu,
            List.of(16),
            32,
            new TableOptimizer(TableOptimizer.Rule.SGD, .1),
            DenseOptimizer.of(DenseOptimizer.Rule.SGD, .1),
            "plain");
    return LongStream.range(0, 40).filter(seed -> putsOutOneValue(options, seed)).count();
  }

  private static boolean putsOutOneValue(TrainerOptions options, long seed) {
    Dlrm network = ModelFactory.copy("student", options, 1, List.of(), seed);
    try (ClickModel model = new ClickModel(network, null)) {
      model.score(List.of(event(.1f), event(.5f), event(.9f)), new float[3]);
      return model.outputVariance() == 0;
    }
  }

  private static ClickEvent event(float dense) {
    return new ClickEvent(0, 0, new float[] {dense}, new long[0], new int[] {0});
  }
}
