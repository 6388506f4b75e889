package io.millrace.serving;

import java.util.Arrays;

/**
 * A layer of an MLP, {@code y = W x + b} and perhaps ReLU, for several events at once. Its outputs
 * are stored in a multiple of {@value Kernel#LANES} floats; those that are too many are 0.
 *
 * <p>An output is {@code b + x_0 w_0 + x_1 w_1 + ...} in the order of the inputs, each term added
 * with {@link Math#fma}: it does not depend on the other events.
 */
final class DenseLayer {
  private final float[][] weights;
  private final float[] bias;
  private final boolean relu;

  /**
   * Copies a layer.
   *
   * @param weights {@code float[out * in]}, row-major
   * @param bias {@code float[out]}
   * @param relu whether negative outputs become 0
   */
  DenseLayer(float[] weights, float[] bias, boolean relu) {
    int out = bias.length;
    int in = weights.length / out;
    int stored = (out + Kernel.LANES - 1) / Kernel.LANES * Kernel.LANES;
    this.weights = new float[in][stored];
    this.bias = Arrays.copyOf(bias, stored);
    this.relu = relu;
    for (int i = 0; i < in; i++) {
      for (int o = 0; o < out; o++) {
        this.weights[i][o] = weights[o * in + i];
      }
    }
  }

  /** The weights of an input, one for each output; not to be written. */
  float[] weights(int input) {
    return weights[input];
  }

  /**
   * The outputs, before ReLU, of some inputs.
   *
   * @param x their values
   * @param rows their weights
   */
  float[] start(float[] x, float[][] rows) {
    float[] y = new float[bias.length];
    Kernels.current().layer(new float[][] {x}, 1, bias, rows, false, new float[][] {y});
    return y;
  }

  /**
   * Computes the layer.
   *
   * @param x a row of inputs for each event
   * @param n number of events
   * @param y receives a row of outputs for each event
   */
  void forward(float[][] x, int n, float[][] y) {
    forward(x, n, bias, weights, y);
  }

  /**
   * Computes the layer from a part of its inputs.
   *
   * @param x a row for each event, the values of these inputs
   * @param start the sum of bias and all other inputs
   * @param rows the weights of these inputs
   */
  void forward(float[][] x, int n, float[] start, float[][] rows, float[][] y) {
    Kernels.current().layer(x, n, start, rows, relu, y);
  }

  /** An array of rows of outputs, one for each of {@code n} events. */
  float[][] rows(int n) {
    return new float[n][bias.length];
  }
}
