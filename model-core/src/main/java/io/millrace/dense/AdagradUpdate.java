package io.millrace.dense;

/**
 * Adagrad, element by element: {@code a += g^2; w -= lr g / (sqrt(a) + eps)}, with {@code a}
 * starting at 0, as PyTorch does.
 *
 * <p>Reference: Duchi, Hazan, Singer 2011, Adaptive Subgradient Methods for Online Learning and
 * Stochastic Optimization.
 */
final class AdagradUpdate implements TensorUpdate {
  private final float learningRate;
  private final float epsilon;

  AdagradUpdate(DenseOptimizer optimizer) {
    this.learningRate = (float) optimizer.learningRate();
    this.epsilon = (float) optimizer.epsilon();
  }

  @Override
  public int states() {
    return 1;
  }

  @Override
  public void apply(float[] w, float[] g, float[][] state, int length, long step) {
    float[] squares = state[0];
    for (int i = 0; i < length; i++) {
      squares[i] += g[i] * g[i];
      w[i] -= learningRate * g[i] / ((float) Math.sqrt(squares[i]) + epsilon);
    }
  }
}
