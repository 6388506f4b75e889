package io.millrace.serving;

import java.util.Arrays;

/**
 * A layer of an MLP, {@code y = W x + b} and perhaps ReLU, for several events at once.
 *
 * <p>An output is {@code b + x_0 w_0 + x_1 w_1 + ...}, each product and each sum rounded to
 * float32, in the order of the inputs: it depends neither on the other events nor on the blocks
 * below. The weights of an input are an array over the outputs, so that the JIT compiler makes
 * vector instructions of the inner loop: one load and one store of an output for four products.
 */
final class DenseLayer {

  /** Inputs in a block: their weights stay in the first-level cache for all events. */
  private static final int STEPS = 24;

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
    this.weights = new float[in][out];
    this.bias = bias.clone();
    this.relu = relu;
    for (int i = 0; i < in; i++) {
      for (int o = 0; o < out; o++) {
        this.weights[i][o] = weights[o * in + i];
      }
    }
  }

  int outputs() {
    return bias.length;
  }

  /** The weights of an input, {@code float[outputs]}; not to be written. */
  float[] weights(int input) {
    return weights[input];
  }

  /** The outputs without any input, a copy. */
  float[] start() {
    return bias.clone();
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
    for (int e = 0; e < n; e++) {
      System.arraycopy(start, 0, y[e], 0, start.length);
    }
    for (int from = 0; from < rows.length; from += STEPS) {
      int to = Math.min(rows.length, from + STEPS);
      for (int e = 0; e < n; e++) {
        add(x[e], rows, from, to, y[e], start.length);
      }
    }
    if (relu) {
      for (int e = 0; e < n; e++) {
        positive(y[e], start.length);
      }
    }
  }

  /** Adds inputs to outputs, without ReLU. */
  static void add(float[] x, float[][] rows, float[] y) {
    add(x, rows, 0, rows.length, y, y.length);
  }

  private static void add(float[] x, float[][] rows, int from, int to, float[] y, int out) {
    int i = from;
    for (; i + 4 <= to; i += 4) {
      addFour(x, i, rows, y, out);
    }
    for (; i < to; i++) {
      addOne(x[i], rows[i], y, out);
    }
  }

  private static void addFour(float[] x, int i, float[][] rows, float[] y, int out) {
    float x0 = x[i];
    float x1 = x[i + 1];
    float x2 = x[i + 2];
    float x3 = x[i + 3];
    float[] w0 = rows[i];
    float[] w1 = rows[i + 1];
    float[] w2 = rows[i + 2];
    float[] w3 = rows[i + 3];
    for (int o = 0; o < out; o++) {
      float s = y[o] + x0 * w0[o];
      s += x1 * w1[o];
      s += x2 * w2[o];
      y[o] = s + x3 * w3[o];
    }
  }

  private static void addOne(float x, float[] w, float[] y, int out) {
    for (int o = 0; o < out; o++) {
      y[o] += x * w[o];
    }
  }

  private static void positive(float[] y, int out) {
    for (int o = 0; o < out; o++) {
      y[o] = Math.max(0, y[o]);
    }
  }

  /** An array of rows, one for each of {@code n} events. */
  float[][] rows(int n) {
    float[][] rows = new float[n][];
    Arrays.setAll(rows, e -> new float[outputs()]);
    return rows;
  }
}
