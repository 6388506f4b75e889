package io.millrace.dense;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlainDenseNetTest extends DenseNetContract {

  @Override
  protected DenseEngine engine() {
    return new PlainEngine();
  }

  // Law: an example's output has the same bits in every batch.
  @Test
  void outputsDoNotDependOnTheBatch() {
    MlpSpec spec = new MlpSpec(List.of(13, 70, 16), true);
    int batch = 37;
    float[] x = normal(1, batch * 13);
    float[] y = new float[batch * 16];
    float[] one = new float[16];
    try (DenseNet net = engine().create(spec, DenseOptimizer.of(DenseOptimizer.Rule.SGD, .1), 7)) {
      net.forward(x, batch, y);
      for (int i = 0; i < batch; i++) {
        net.forward(Arrays.copyOfRange(x, i * 13, i * 13 + 13), 1, one);
        assertThat(one).isEqualTo(Arrays.copyOfRange(y, i * 16, i * 16 + 16));
      }
    }
  }
}
