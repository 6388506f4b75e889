package io.millrace.dense;

/** Stochastic gradient descent without momentum: {@code w -= lr g}. */
final class SgdUpdate implements TensorUpdate {
  private final float learningRate;

  SgdUpdate(DenseOptimizer optimizer) {
    this.learningRate = (float) optimizer.learningRate();
  }

  @Override
  public int states() {
    return 0;
  }

  @Override
  public void apply(float[] w, float[] g, float[][] state, int length, long step) {
    for (int i = 0; i < length; i++) {
      w[i] -= learningRate * g[i];
    }
  }
}
