package io.millrace.dense;

import java.util.Arrays;

/**
 * An MLP in plain Java: deterministic, with the same bits on every machine; the oracle for the
 * tests of other engines.
 *
 * <p>With {@code A_0 = X} (a row per example), layer {@code l} and {@code dA_L = dY}:
 *
 * <pre>
 * forward   Z_l = A_(l-1) W_l^T + b_l        A_l = max(Z_l, 0), or Z_l in a last layer without ReLU
 * backward  dZ_l = dA_l where A_l > 0, else 0 (dA_l in a last layer without ReLU)
 *           dW_l = dZ_l^T A_(l-1)            db_l = column sums of dZ_l
 *           dA_(l-1) = dZ_l W_l
 * </pre>
 *
 * <p>The outputs of an example do not depend on the batch it is in. Buffers grow to the largest
 * batch; after that nothing is allocated. Matrices are arrays of rows, see {@link MatMul}.
 */
final class PlainDenseNet extends AbstractDenseNet {
  private final int layers;
  private final int[] widths;

  /** Per layer a copy of the weights as rows {@code [out][in]} and transposed {@code [in][out]}. */
  private final float[][][] weights;

  private final float[][][] transposed;

  /** Per layer {@code dW}, rows {@code [out][in]}. */
  private final float[][][] weightGradients;

  /** {@code A_0 ... A_L}, rows {@code [capacity][width]}. */
  private final float[][][] activations;

  /** {@code dZ} (and before, {@code dA}) by the layer's output, rows {@code [capacity][width]}. */
  private final float[][][] deltas;

  /** {@code dZ_l^T}, rows {@code [width][capacity]}; index 0 is unused. */
  private final float[][][] transposedDeltas;

  private int capacity;
  private boolean weightsStale = true;

  PlainDenseNet(MlpSpec spec, DenseOptimizer optimizer, long seed) {
    super(new DenseState(spec, optimizer, seed));
    layers = spec.layers();
    widths = spec.sizes().stream().mapToInt(Integer::intValue).toArray();
    weights = new float[layers][][];
    transposed = new float[layers][][];
    weightGradients = new float[layers][][];
    for (int l = 0; l < layers; l++) {
      weights[l] = new float[widths[l + 1]][widths[l]];
      transposed[l] = new float[widths[l]][widths[l + 1]];
      weightGradients[l] = new float[widths[l + 1]][widths[l]];
    }
    activations = new float[layers + 1][0][];
    deltas = new float[layers + 1][0][];
    transposedDeltas = new float[layers + 1][0][];
  }

  @Override
  public String engine() {
    return PlainEngine.NAME;
  }

  @Override
  protected void computeForward(float[] x, int batch, float[] y) {
    ensureCapacity(batch);
    refreshWeights();
    toRows(x, activations[0], batch, widths[0]);
    for (int l = 0; l < layers; l++) {
      float[][] out = activations[l + 1];
      for (int i = 0; i < batch; i++) {
        System.arraycopy(state.bias(l), 0, out[i], 0, widths[l + 1]);
      }
      MatMul.addProduct(activations[l], transposed[l], out, batch, widths[l], widths[l + 1]);
      if (hasRelu(l)) {
        for (int i = 0; i < batch; i++) {
          reluInPlace(out[i]);
        }
      }
    }
    fromRows(activations[layers], y, batch, widths[layers]);
  }

  @Override
  protected void computeBackward(float[] dy, int batch, float[] dx) {
    toRows(dy, deltas[layers], batch, widths[layers]);
    for (int l = layers - 1; l >= 0; l--) {
      float[][] delta = deltas[l + 1];
      if (hasRelu(l)) {
        for (int i = 0; i < batch; i++) {
          maskInPlace(delta[i], activations[l + 1][i]);
        }
      }
      computeParameterGradients(l, batch);
      if (l > 0 || dx != null) {
        clear(deltas[l], batch);
        MatMul.addProduct(delta, weights[l], deltas[l], batch, widths[l + 1], widths[l]);
      }
    }
    if (dx != null) {
      fromRows(deltas[0], dx, batch, widths[0]);
    }
  }

  private void computeParameterGradients(int l, int batch) {
    int out = widths[l + 1];
    float[][] deltaColumns = transposedDeltas[l + 1];
    transpose(deltas[l + 1], deltaColumns, batch, out);
    clear(weightGradients[l], out);
    MatMul.addProduct(deltaColumns, activations[l], weightGradients[l], out, batch, widths[l]);
    fromRows(weightGradients[l], state.weightGradient(l), out, widths[l]);
    float[] biasGradient = state.biasGradient(l);
    for (int o = 0; o < out; o++) {
      biasGradient[o] = sum(deltaColumns[o], batch);
    }
  }

  @Override
  protected void parametersChanged() {
    weightsStale = true;
  }

  @Override
  public void close() {
    // There is only heap memory.
  }

  private boolean hasRelu(int layer) {
    return layer < layers - 1 || spec().reluLast();
  }

  private void refreshWeights() {
    if (!weightsStale) {
      return;
    }
    for (int l = 0; l < layers; l++) {
      toRows(state.weights(l), weights[l], widths[l + 1], widths[l]);
      transpose(weights[l], transposed[l], widths[l + 1], widths[l]);
    }
    weightsStale = false;
  }

  private void ensureCapacity(int batch) {
    if (batch <= capacity) {
      return;
    }
    for (int l = 0; l <= layers; l++) {
      activations[l] = new float[batch][widths[l]];
      deltas[l] = new float[batch][widths[l]];
      if (l > 0) {
        transposedDeltas[l] = new float[widths[l]][batch];
      }
    }
    capacity = batch;
  }

  private static void reluInPlace(float[] values) {
    for (int j = 0; j < values.length; j++) {
      values[j] = Math.max(values[j], 0f);
    }
  }

  private static void maskInPlace(float[] delta, float[] activation) {
    for (int j = 0; j < delta.length; j++) {
      delta[j] = activation[j] > 0 ? delta[j] : 0f;
    }
  }

  private static float sum(float[] values, int count) {
    float sum = 0;
    for (int i = 0; i < count; i++) {
      sum += values[i];
    }
    return sum;
  }

  private static void clear(float[][] rows, int count) {
    for (int i = 0; i < count; i++) {
      Arrays.fill(rows[i], 0f);
    }
  }

  private static void toRows(float[] flat, float[][] rows, int count, int width) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(flat, i * width, rows[i], 0, width);
    }
  }

  private static void fromRows(float[][] rows, float[] flat, int count, int width) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(rows[i], 0, flat, i * width, width);
    }
  }

  private static void transpose(float[][] from, float[][] to, int rows, int columns) {
    for (int i = 0; i < rows; i++) {
      float[] row = from[i];
      for (int j = 0; j < columns; j++) {
        to[j][i] = row[j];
      }
    }
  }
}
