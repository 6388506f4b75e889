package io.millrace.dense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.dense.DenseOptimizer.Rule;
import io.millrace.metric.GoldenOther;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;

/** Two steps of each rule by hand: {@code w = (3, 4)}, gradients {@code (1, -2)} then (2, 2). */
class TensorUpdateTest {
  private static final float[][] GRADIENTS = {{1, -2}, {2, 2}};

  @Test
  void sgdSubtractsTheScaledGradient() {
    // 3 - .5 * 1 = 2.5, - .5 * 2 = 1.5; 4 + .5 * 2 = 5, - .5 * 2 = 4
    assertSteps(DenseOptimizer.of(Rule.SGD, .5), new double[][] {{2.5, 5}, {1.5, 4}});
  }

  @Test
  void adagradDividesByTheRootOfTheSummedSquares() {
    // a = (1, 4): the first step is lr in each; then a = (5, 8)
    assertSteps(
        DenseOptimizer.of(Rule.ADAGRAD, .5),
        new double[][] {
          {2.5, 4.5}, {2.5 - .5 * 2 / Math.sqrt(5), 4.5 - .5 * 2 / Math.sqrt(8)},
        });
  }

  @Test
  void adamCorrectsItsBias() {
    // b1 = b2 = .5. Step 1: m' = g, v' = g^2, so the step is lr in each.
    // Step 2: m = .5 (.5 g1) + .5 g2 = (1.25, .5), m' = m / .75; v = (.25 + 2, 1 + 2), v' = v / .75
    DenseOptimizer optimizer = new DenseOptimizer(Rule.ADAM, .5, .5, .5, 1e-8, 0);
    assertSteps(
        optimizer,
        new double[][] {
          {2.5, 4.5},
          {
            2.5 - .5 * (1.25 / .75) / Math.sqrt(2.25 / .75),
            4.5 - .5 * (.5 / .75) / Math.sqrt(3 / .75)
          }
        });
  }

  @Test
  void lambStepsByAFractionOfTheNorm() {
    // Step 1: r = (1, -1), ||r|| = sqrt 2, ||w|| = 5: w -= lr * 5 / sqrt 2 * r
    DenseOptimizer optimizer = new DenseOptimizer(Rule.LAMB, .1, .5, .5, 1e-8, 0);
    double first = .1 * 5 / Math.sqrt(2);
    double[] w = {3 - first, 4 + first};
    double[] r = {(1.25 / .75) / Math.sqrt(2.25 / .75), (.5 / .75) / Math.sqrt(3 / .75)};
    double ratio = Math.hypot(w[0], w[1]) / Math.hypot(r[0], r[1]);
    assertSteps(
        optimizer, new double[][] {w, {w[0] - .1 * ratio * r[0], w[1] - .1 * ratio * r[1]}});
  }

  @Test
  void lambDecaysWeightsInsideTheDirection() {
    // r = (1 + .5 * 3, -1 + .5 * 4) = (2.5, 1)
    DenseOptimizer optimizer = new DenseOptimizer(Rule.LAMB, .1, .5, .5, 1e-8, .5);
    double rate = .1 * 5 / Math.hypot(2.5, 1);
    assertSteps(optimizer, new double[][] {{3 - 2.5 * rate, 4 - rate}});
  }

  // Law: where a norm is 0 the ratio is 1, so that zero weights can start to move.
  @Test
  void lambMovesZeroWeights() {
    TensorUpdate update = TensorUpdate.of(DenseOptimizer.of(Rule.LAMB, .1));
    float[] w = new float[5];
    update.apply(w, new float[] {2, 2, 2, -2, -2}, new float[2][5], 5, 1);
    assertThat(w).containsExactly(new float[] {-.1f, -.1f, -.1f, .1f, .1f}, within(1e-6f));
    update.apply(w, new float[5], new float[2][5], 5, 1);
    assertThat(w).containsExactly(new float[] {-.1f, -.1f, -.1f, .1f, .1f}, within(1e-6f));
  }

  // Law: six steps of PyTorch's own optimisers, see src/test/python/torch_optimizers.py. An epsilon
  // of the size of the denominator shows where it is added.
  @Test
  void stepsAreThoseOfPyTorch() throws IOException {
    JsonNode torch;
    try (InputStream in = TensorUpdateTest.class.getResourceAsStream("torch-optimizers.json")) {
      torch = new ObjectMapper().readTree(in);
    }
    assertThat(torch.get("cases")).hasSize(5);
    for (JsonNode c : torch.get("cases")) {
      TensorUpdate update =
          TensorUpdate.of(
              new DenseOptimizer(
                  Rule.valueOf(c.get("rule").asText()),
                  c.get("lr").doubleValue(),
                  c.get("beta1").doubleValue(),
                  c.get("beta2").doubleValue(),
                  c.get("epsilon").doubleValue(),
                  0));
      float[] w = GoldenOther.floats(torch.get("start"));
      float[][] state = new float[update.states()][w.length];
      for (int t = 0; t < c.get("after").size(); t++) {
        float[] gradient = GoldenOther.floats(torch.get("gradients").get(t));
        update.apply(w, gradient, state, w.length, t + 1);
        assertThat(w)
            .as("%s, step %d", c.get("name").asText(), t)
            .containsExactly(GoldenOther.floats(c.get("after").get(t)), within(1e-6f));
      }
    }
  }

  private static void assertSteps(DenseOptimizer optimizer, double[][] expected) {
    TensorUpdate update = TensorUpdate.of(optimizer);
    float[] w = {3, 4};
    float[][] state = new float[update.states()][2];
    for (int s = 0; s < expected.length; s++) {
      update.apply(w, GRADIENTS[s].clone(), state, w.length, s + 1);
      assertThat((double) w[0]).isCloseTo(expected[s][0], within(1e-6));
      assertThat((double) w[1]).isCloseTo(expected[s][1], within(1e-6));
    }
  }
}
