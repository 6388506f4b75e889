package io.millrace.dense;

import io.millrace.math.Powers;

/**
 * Adam with bias correction, in PyTorch's order of operations:
 *
 * <pre>
 * m = b1 m + (1 - b1) g
 * v = b2 v + (1 - b2) g^2
 * w -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)
 * </pre>
 *
 * <p>Reference: Kingma and Ba 2015, Adam: A Method for Stochastic Optimization, algorithm 1.
 */
final class AdamUpdate implements TensorUpdate {
  private final DenseOptimizer optimizer;

  AdamUpdate(DenseOptimizer optimizer) {
    this.optimizer = optimizer;
  }

  @Override
  public int states() {
    return 2;
  }

  @Override
  public void apply(float[] w, float[] g, float[][] state, int length, long step) {
    float beta1 = (float) optimizer.beta1();
    float beta2 = (float) optimizer.beta2();
    float rest1 = (float) (1 - optimizer.beta1());
    float rest2 = (float) (1 - optimizer.beta2());
    float epsilon = (float) optimizer.epsilon();
    float rate = (float) (optimizer.learningRate() / (1 - Powers.power(optimizer.beta1(), step)));
    float root = (float) Math.sqrt(1 - Powers.power(optimizer.beta2(), step));
    float[] first = state[0];
    float[] second = state[1];
    for (int i = 0; i < length; i++) {
      first[i] = beta1 * first[i] + rest1 * g[i];
      second[i] = beta2 * second[i] + rest2 * g[i] * g[i];
      w[i] -= rate * first[i] / ((float) Math.sqrt(second[i]) / root + epsilon);
    }
  }
}
