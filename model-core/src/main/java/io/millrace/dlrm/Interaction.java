package io.millrace.dlrm;

import java.util.Arrays;

/**
 * DLRM's dot interaction: every pair of an example's vectors, multiplied.
 *
 * <p>With {@code V} the example's {@code vectors x dim} matrix, row 0 the bottom MLP's output and
 * one row a field, the result is row 0 followed by the strictly lower triangle of {@code V V^T} in
 * the order (1,0), (2,0), (2,1), (3,0), ... (Naumov et al. 2019).
 */
public final class Interaction {

  private final int vectors;
  private final int dim;
  private final float[] transposed;

  /**
   * For one shape; holds scratch space, so one thread at a time.
   *
   * @param vectors fields + 1
   * @param dim length of a vector
   */
  public Interaction(int vectors, int dim) {
    this.vectors = vectors;
    this.dim = dim;
    this.transposed = new float[vectors * dim];
  }

  /** Floats an example: {@code dim + vectors * (vectors - 1) / 2}. */
  public int outputs() {
    return dim + vectors * (vectors - 1) / 2;
  }

  /**
   * Multiplies the pairs of each example.
   *
   * @param v {@code float[batch * vectors * dim]}
   * @param out {@code float[batch * outputs]}, overwritten
   */
  public void forward(float[] v, int batch, float[] out) {
    for (int b = 0; b < batch; b++) {
      int in = b * vectors * dim;
      int to = b * outputs();
      System.arraycopy(v, in, out, to, dim);
      for (int i = 0; i < vectors; i++) {
        for (int k = 0; k < dim; k++) {
          transposed[k * vectors + i] = v[in + i * dim + k];
        }
      }
      to += dim;
      for (int i = 1; i < vectors; i++) {
        row(v, in + i * dim, i, out, to);
        to += i;
      }
    }
  }

  /** {@code out[to + j] = <v_i, v_j>} for j < i; columns side by side, so that it vectorises. */
  private void row(float[] v, int vi, int i, float[] out, int to) {
    float first = v[vi];
    for (int j = 0; j < i; j++) {
      out[to + j] = first * transposed[j];
    }
    for (int k = 1; k < dim; k++) {
      float x = v[vi + k];
      int column = k * vectors;
      for (int j = 0; j < i; j++) {
        out[to + j] += x * transposed[column + j];
      }
    }
  }

  /**
   * Gradient by the vectors.
   *
   * @param v as given to {@link #forward}
   * @param dout {@code float[batch * outputs]}
   * @param dv {@code float[batch * vectors * dim]}, overwritten
   */
  public void backward(float[] v, float[] dout, int batch, float[] dv) {
    for (int b = 0; b < batch; b++) {
      int in = b * vectors * dim;
      int from = b * outputs();
      Arrays.fill(dv, in, in + vectors * dim, 0f);
      System.arraycopy(dout, from, dv, in, dim);
      from += dim;
      for (int i = 1; i < vectors; i++) {
        int vi = in + i * dim;
        for (int j = 0; j < i; j++) {
          float g = dout[from++];
          int vj = in + j * dim;
          for (int k = 0; k < dim; k++) {
            dv[vi + k] += g * v[vj + k];
            dv[vj + k] += g * v[vi + k];
          }
        }
      }
    }
  }
}
