package io.millrace.dlrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.dense.DenseEngines;
import io.millrace.math.Products;
import io.millrace.random.Seeds;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InteractionTest {

  // Law: for every shape and batch, also beyond a block, results are those of the definition in
  // double precision.
  @ParameterizedTest
  @CsvSource({"1, 2, 1", "7, 5, 3", "128, 4, 4", "131, 27, 16", "300, 3, 1"})
  void followsTheDefinition(int batch, int vectors, int dim) {
    check(new Interaction(vectors, dim), batch, vectors, dim);
    try (Products products = DenseEngines.of("onednn").products()) {
      check(new Interaction(vectors, dim, products), batch, vectors, dim);
    }
  }

  private static void check(Interaction interaction, int batch, int vectors, int dim) {
    int outputs = interaction.outputs();
    float[] v = random(1, batch * vectors * dim);
    float[] dout = random(2, batch * outputs);
    float[] out = new float[batch * outputs];
    float[] dv = new float[v.length];
    interaction.forward(v, batch, out);
    interaction.backward(v, dout, batch, dv);
    for (int b = 0; b < batch; b++) {
      double[] expected = new double[vectors * dim];
      int at = b * outputs;
      for (int k = 0; k < dim; k++, at++) {
        assertThat(out[at]).isEqualTo(v[b * vectors * dim + k]);
        expected[k] = dout[at];
      }
      for (int i = 1; i < vectors; i++) {
        for (int j = 0; j < i; j++, at++) {
          double dot = 0;
          for (int k = 0; k < dim; k++) {
            double vi = v[(b * vectors + i) * dim + k];
            double vj = v[(b * vectors + j) * dim + k];
            dot += vi * vj;
            expected[i * dim + k] += dout[at] * vj;
            expected[j * dim + k] += dout[at] * vi;
          }
          assertThat((double) out[at]).isCloseTo(dot, within(1e-5));
        }
      }
      for (int e = 0; e < expected.length; e++) {
        assertThat((double) dv[b * vectors * dim + e]).isCloseTo(expected[e], within(1e-5));
      }
    }
  }

  private static float[] random(long seed, int length) {
    SplittableRandom random = Seeds.generator(seed, "interaction-test", 0);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextDouble() - .5f;
    }
    return values;
  }
}
