package io.millrace.dense;

import io.millrace.math.Powers;

/**
 * LAMB: Adam's direction, scaled per tensor so that the step is a fixed fraction of the tensor's
 * norm. A layer's weights and its bias are two tensors.
 *
 * <pre>
 * m = b1 m + (1 - b1) g                  m' = m / (1 - b1^t)
 * v = b2 v + (1 - b2) g^2                v' = v / (1 - b2^t)
 * r = m' / (sqrt(v') + eps) + wd w
 * w -= lr (||w|| / ||r||) r              the ratio is 1 if either norm is 0
 * </pre>
 *
 * <p>Differences to the paper: its scaling function {@code phi} is the identity here, and the ratio
 * is not clipped. Norms are summed in double precision.
 *
 * <p>Reference: You et al. 2020, Large Batch Optimization for Deep Learning: Training BERT in 76
 * Minutes, algorithm 2.
 */
final class LambUpdate implements TensorUpdate {
  private final DenseOptimizer optimizer;

  LambUpdate(DenseOptimizer optimizer) {
    this.optimizer = optimizer;
  }

  @Override
  public boolean elementwise() {
    return false;
  }

  @Override
  public int states() {
    return 2;
  }

  @Override
  public void apply(float[] w, float[] g, float[][] state, int length, long step) {
    replaceByDirection(w, g, state, length, step);
    double weightNorm = norm(w, length);
    double directionNorm = norm(g, length);
    double ratio = weightNorm > 0 && directionNorm > 0 ? weightNorm / directionNorm : 1;
    float rate = (float) (optimizer.learningRate() * ratio);
    for (int i = 0; i < length; i++) {
      w[i] -= rate * g[i];
    }
  }

  /** Updates the moments and overwrites {@code g} with {@code r}. */
  private void replaceByDirection(float[] w, float[] g, float[][] state, int length, long step) {
    float beta1 = (float) optimizer.beta1();
    float beta2 = (float) optimizer.beta2();
    float rest1 = (float) (1 - optimizer.beta1());
    float rest2 = (float) (1 - optimizer.beta2());
    float epsilon = (float) optimizer.epsilon();
    float decay = (float) optimizer.weightDecay();
    float scale1 = (float) (1 / (1 - Powers.power(optimizer.beta1(), step)));
    float scale2 = (float) (1 / (1 - Powers.power(optimizer.beta2(), step)));
    float[] first = state[0];
    float[] second = state[1];
    for (int i = 0; i < length; i++) {
      first[i] = beta1 * first[i] + rest1 * g[i];
      second[i] = beta2 * second[i] + rest2 * g[i] * g[i];
      g[i] = first[i] * scale1 / ((float) Math.sqrt(second[i] * scale2) + epsilon) + decay * w[i];
    }
  }

  /** Euclidean norm; four partial sums, which the processor adds in parallel. */
  private static double norm(float[] values, int length) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = 0;
    for (; i + 4 <= length; i += 4) {
      s0 += (double) values[i] * values[i];
      s1 += (double) values[i + 1] * values[i + 1];
      s2 += (double) values[i + 2] * values[i + 2];
      s3 += (double) values[i + 3] * values[i + 3];
    }
    for (; i < length; i++) {
      s0 += (double) values[i] * values[i];
    }
    return Math.sqrt(s0 + s1 + s2 + s3);
  }
}
