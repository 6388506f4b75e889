package io.millrace.dlrm;

import io.millrace.math.LaneMath;

/**
 * DLRM's dot interaction: every pair of an example's vectors, multiplied.
 *
 * <p>With {@code V} the example's {@code vectors x dim} matrix, row 0 the bottom MLP's output and
 * one row a field, the result is row 0 followed by the strictly lower triangle of {@code V V^T} in
 * the order (1,0), (2,0), (2,1), (3,0), ... (Naumov et al. 2019).
 *
 * <p>Up to {@value #BLOCK} examples are computed side by side: each element of {@code V} becomes a
 * row over the examples, so that the products run in vector registers and what they work on stays
 * in the second-level cache. An example's result does not depend on the others.
 */
public final class Interaction {
  private static final int BLOCK = 128;

  private final int vectors;
  private final int dim;

  /** {@code V}, element {@code (i, k)} of every example of a block at {@code [i * dim + k]}. */
  private final float[][] elements;

  /** Products, or their gradients, {@code (i, j)} with {@code j < i} at {@code pair(i, j)}. */
  private final float[][] pairs;

  private final float[] sum = new float[BLOCK];

  /**
   * For one shape; holds scratch space, so one thread at a time.
   *
   * @param vectors fields + 1
   * @param dim length of a vector
   */
  public Interaction(int vectors, int dim) {
    this.vectors = vectors;
    this.dim = dim;
    this.elements = new float[vectors * dim][BLOCK];
    this.pairs = new float[vectors * (vectors - 1) / 2][BLOCK];
  }

  /** Floats an example: {@code dim + vectors * (vectors - 1) / 2}. */
  public int outputs() {
    return dim + pairs.length;
  }

  /**
   * Multiplies the pairs of each example.
   *
   * @param v {@code float[batch * vectors * dim]}
   * @param out {@code float[batch * outputs]}, overwritten
   */
  public void forward(float[] v, int batch, float[] out) {
    for (int first = 0; first < batch; first += BLOCK) {
      int n = Math.min(BLOCK, batch - first);
      gatherElements(v, first, n);
      for (int b = first; b < first + n; b++) {
        System.arraycopy(v, b * elements.length, out, b * outputs(), dim);
      }
      for (int i = 1; i < vectors; i++) {
        for (int j = 0; j < i; j++) {
          dot(i * dim, j * dim, n);
          LaneMath.scatter(sum, out, first * outputs() + dim + pair(i, j), outputs(), n);
        }
      }
    }
  }

  private void gatherElements(float[] v, int first, int n) {
    for (int e = 0; e < elements.length; e++) {
      LaneMath.gather(v, first * elements.length + e, elements.length, elements[e], n);
    }
  }

  private void dot(int vi, int vj, int n) {
    LaneMath.multiply(elements[vi], elements[vj], sum, n);
    int k = 1;
    for (; k + 1 < dim; k += 2) {
      LaneMath.addProducts(
          elements[vi + k], elements[vj + k], elements[vi + k + 1], elements[vj + k + 1], sum, n);
    }
    if (k < dim) {
      LaneMath.addProduct(elements[vi + k], elements[vj + k], sum, n);
    }
  }

  /**
   * Gradient by the vectors: {@code dv_i = sum_{j != i} dout_ij v_j}, for {@code i = 0} plus the
   * gradient of the copy.
   *
   * @param v as given to {@link #forward}
   * @param dout {@code float[batch * outputs]}
   * @param dv {@code float[batch * vectors * dim]}, overwritten
   */
  public void backward(float[] v, float[] dout, int batch, float[] dv) {
    for (int first = 0; first < batch; first += BLOCK) {
      int n = Math.min(BLOCK, batch - first);
      gatherElements(v, first, n);
      for (int p = 0; p < pairs.length; p++) {
        LaneMath.gather(dout, first * outputs() + dim + p, outputs(), pairs[p], n);
      }
      for (int i = 0; i < vectors; i++) {
        for (int k = 0; k < dim; k++) {
          if (i == 0) {
            LaneMath.gather(dout, first * outputs() + k, outputs(), sum, n);
          } else {
            LaneMath.multiply(pairs[pair(i, 0)], elements[k], sum, n);
          }
          addOthers(i, k, n);
          int at = first * elements.length + i * dim + k;
          LaneMath.scatter(sum, dv, at, elements.length, n);
        }
      }
    }
  }

  /** {@code sum += dout_ij v_jk} over the {@code j >= 1} that are not {@code i}. */
  private void addOthers(int i, int k, int n) {
    int j = other(1, i);
    while (j < vectors) {
      int next = other(j + 1, i);
      if (next < vectors) {
        LaneMath.addProducts(
            pairs[pair(i, j)],
            elements[j * dim + k],
            pairs[pair(i, next)],
            elements[next * dim + k],
            sum,
            n);
      } else {
        LaneMath.addProduct(pairs[pair(i, j)], elements[j * dim + k], sum, n);
      }
      j = other(next + 1, i);
    }
  }

  private static int other(int j, int i) {
    return j == i ? j + 1 : j;
  }

  private static int pair(int i, int j) {
    int high = Math.max(i, j);
    return high * (high - 1) / 2 + Math.min(i, j);
  }
}
