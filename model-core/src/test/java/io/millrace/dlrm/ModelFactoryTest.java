package io.millrace.dlrm;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dense.DenseOptimizer;
import io.millrace.table.TableOptimizer;
import java.util.List;
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
}
