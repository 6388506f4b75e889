package io.millrace.dense.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dense.DenseState;
import io.millrace.dense.MlpSpec;
import io.millrace.random.Gaussian;
import io.millrace.random.Seeds;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The host's update rules against the formulas of PyTorch's optimisers (LAMB: of its paper) in
 * libtorch's own operations; DJL has no complete set of these rules.
 */
class UpdateAgainstTorchTest {
  private static final double LR = .01;

  // Law: after five steps the weights agree to the rounding of single precision.
  @ParameterizedTest
  @EnumSource(DenseOptimizer.Rule.class)
  void agreesWithTorch(DenseOptimizer.Rule rule) {
    DenseOptimizer optimizer = new DenseOptimizer(rule, LR, .9, .99, 1e-6, .01);
    DenseState state = new DenseState(new MlpSpec(List.of(31, 33), false), optimizer, 1);
    new DjlEngine(DjlEngine.Target.CPU);
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray w = manager.create(state.weights(0));
      NDArray first = w.zerosLike();
      NDArray second = w.zerosLike();
      SplittableRandom random = Seeds.generator(5, "gradients", 0);
      for (int t = 1; t <= 5; t++) {
        float[] gradient = state.weightGradient(0);
        for (int i = 0; i < gradient.length; i++) {
          gradient[i] = (float) Gaussian.next(random);
        }
        NDArray g = manager.create(gradient.clone());
        state.step();
        switch (rule) {
          case SGD -> w.subi(g.mul(LR));
          case ADAGRAD -> {
            second.addi(g.square());
            w.subi(g.mul(LR).div(second.sqrt().add(1e-6)));
          }
          case ADAM, LAMB -> {
            first.muli(.9).addi(g.mul(1 - .9));
            second.muli(.99).addi(g.square().mul(1 - .99));
            NDArray m = first.div(1 - Math.pow(.9, t));
            NDArray v = second.div(1 - Math.pow(.99, t));
            NDArray r = m.div(v.sqrt().add(1e-6));
            w.subi(rule == DenseOptimizer.Rule.ADAM ? r.mul(LR) : lambStep(w, r));
          }
        }
      }
      assertThat(state.weights(0)).containsExactly(w.toFloatArray(), within(2e-6f));
    }
  }

  private static NDArray lambStep(NDArray w, NDArray r) {
    NDArray direction = r.add(w.mul(.01));
    return direction.mul(w.norm()).div(direction.norm()).mul(LR);
  }
}
