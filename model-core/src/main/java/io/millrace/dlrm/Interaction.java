package io.millrace.dlrm;

import io.millrace.math.LaneMath;
import io.millrace.math.Products;

/**
 * DLRM's dot interaction: the inner products of all pairs of an example's vectors.
 *
 * <p>Let {@code V} be the example's {@code vectors x dim} matrix: row 0 is the bottom MLP's output,
 * then follows a row per field. The result is row 0 of {@code V} followed by the strictly lower
 * triangle of {@code V V^T} in the order (1,0), (2,0), (2,1), (3,0), ... (Naumov et al. 2019).
 *
 * <p>A library computes the whole {@code V V^T}. The Java loops compute up to {@value #BLOCK}
 * examples side by side: each element of {@code V} becomes a row over the examples, so that the
 * products use vector registers and their data stays in the second-level cache. An example's result
 * does not depend on the others.
 */
public final class Interaction {
  private static final int BLOCK = 128;

  /** Examples in a block with a library; few enough that factors and products stay in the cache. */
  private static final int PRODUCTS_BLOCK = 32;

  private final int vectors;
  private final int dim;
  private final int length;
  private final int outputs;
  private final Products products;
  private final int block;

  /** {@code V}, element {@code (i, k)} of every example of a block at {@code [i * dim + k]}. */
  private final float[][] elements;

  /** Products, or their gradients, {@code (i, j)} with {@code j < i} at {@code pair(i, j)}. */
  private final float[][] pairs;

  private final float[] sum;

  /** With a library instead: {@code V V^T} of each example, or its gradient. */
  private final float[] square;

  /** Shapes of the products, by number of examples. */
  private final Products.Shape[] forward;

  private final Products.Shape[] backward;

  /** For one shape, in Java; it holds buffers, so one thread at a time. */
  public Interaction(int vectors, int dim) {
    this(vectors, dim, null);
  }

  /**
   * For one shape; it holds buffers, so one thread at a time.
   *
   * @param vectors fields + 1
   * @param dim length of a vector
   * @param products a library's products, which the caller keeps and closes; or null
   */
  public Interaction(int vectors, int dim, Products products) {
    this.vectors = vectors;
    this.dim = dim;
    this.length = vectors * dim;
    this.outputs = dim + vectors * (vectors - 1) / 2;
    this.products = products;
    boolean lanes = products == null;
    this.block = lanes ? BLOCK : PRODUCTS_BLOCK;
    this.elements = new float[lanes ? length : 0][BLOCK];
    this.pairs = new float[lanes ? outputs - dim : 0][BLOCK];
    this.sum = new float[lanes ? BLOCK : 0];
    this.forward = new Products.Shape[lanes ? 0 : block + 1];
    this.backward = new Products.Shape[forward.length];
    this.square = new float[lanes ? 0 : block * vectors * vectors];
  }

  /** Floats per example: {@code dim + vectors * (vectors - 1) / 2}. */
  public int outputs() {
    return outputs;
  }

  /**
   * Computes the interactions of each example.
   *
   * @param v {@code float[batch * vectors * dim]}
   * @param out {@code float[batch * outputs]}, overwritten
   */
  public void forward(float[] v, int batch, float[] out) {
    for (int first = 0; first < batch; first += block) {
      int n = Math.min(block, batch - first);
      for (int b = first; b < first + n; b++) {
        System.arraycopy(v, b * length, out, b * outputs, dim);
      }
      if (products == null) {
        forwardInLanes(v, first, n, out);
      } else {
        forwardInProducts(v, first, n, out);
      }
    }
  }

  private void forwardInProducts(float[] v, int first, int n, float[] out) {
    prepareShapes(n);
    products.multiply(forward[n], v, first * length, v, first * length, square, 0);
    for (int b = 0; b < n; b++) {
      int from = b * vectors * vectors;
      int to = (first + b) * outputs + dim;
      for (int i = 1; i < vectors; i++) {
        System.arraycopy(square, from + i * vectors, out, to + pair(i, 0), i);
      }
    }
  }

  private void prepareShapes(int n) {
    if (forward[n] == null) {
      forward[n] = new Products.Shape(n, vectors, dim, vectors, false, true);
      backward[n] = new Products.Shape(n, vectors, vectors, dim, false, false);
    }
  }

  private void forwardInLanes(float[] v, int first, int n, float[] out) {
    gatherElements(v, first, n);
    for (int i = 1; i < vectors; i++) {
      for (int j = 0; j < i; j++) {
        dot(i * dim, j * dim, n);
        LaneMath.scatter(sum, out, first * outputs + dim + pair(i, j), outputs, n);
      }
    }
  }

  private void gatherElements(float[] v, int first, int n) {
    for (int e = 0; e < length; e++) {
      LaneMath.gather(v, first * length + e, length, elements[e], n);
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
   * Gradient with respect to the vectors: {@code dv_i = sum_{j != i} dout_ij v_j}, for {@code i =
   * 0} plus the gradient of the copy.
   *
   * @param v as given to {@link #forward}
   * @param dout {@code float[batch * outputs]}
   * @param dv {@code float[batch * vectors * dim]}, overwritten
   */
  public void backward(float[] v, float[] dout, int batch, float[] dv) {
    for (int first = 0; first < batch; first += block) {
      int n = Math.min(block, batch - first);
      if (products == null) {
        backwardInLanes(v, dout, first, n, dv);
      } else {
        backwardInProducts(v, dout, first, n, dv);
      }
      for (int b = first; b < first + n; b++) {
        for (int k = 0; k < dim; k++) {
          dv[b * length + k] += dout[b * outputs + k];
        }
      }
    }
  }

  /** {@code dV = S V} with {@code S} symmetric, 0 on its diagonal. */
  private void backwardInProducts(float[] v, float[] dout, int first, int n, float[] dv) {
    prepareShapes(n);
    for (int b = 0; b < n; b++) {
      int to = b * vectors * vectors;
      int from = (first + b) * outputs + dim;
      square[to] = 0;
      for (int i = 1; i < vectors; i++) {
        System.arraycopy(dout, from, square, to + i * vectors, i);
        square[to + i * vectors + i] = 0;
        for (int j = 0; j < i; j++) {
          square[to + j * vectors + i] = dout[from + j];
        }
        from += i;
      }
    }
    products.multiply(backward[n], square, 0, v, first * length, dv, first * length);
  }

  private void backwardInLanes(float[] v, float[] dout, int first, int n, float[] dv) {
    gatherElements(v, first, n);
    for (int p = 0; p < pairs.length; p++) {
      LaneMath.gather(dout, first * outputs + dim + p, outputs, pairs[p], n);
    }
    for (int i = 0; i < vectors; i++) {
      int other = i == 0 ? 1 : 0;
      for (int k = 0; k < dim; k++) {
        LaneMath.multiply(pairs[pair(i, other)], elements[other * dim + k], sum, n);
        addOthers(i, other + 1, k, n);
        LaneMath.scatter(sum, dv, first * length + i * dim + k, length, n);
      }
    }
  }

  /** {@code sum += dout_ij v_jk} over the {@code j >= start} that are not {@code i}. */
  private void addOthers(int i, int start, int k, int n) {
    int j = other(start, i);
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

  /** Place of the product of two vectors among the products; {@code i} differs from {@code j}. */
  static int pair(int i, int j) {
    int high = Math.max(i, j);
    return high * (high - 1) / 2 + Math.min(i, j);
  }
}
