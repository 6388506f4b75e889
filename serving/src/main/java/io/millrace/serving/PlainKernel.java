package io.millrace.serving;

import io.millrace.dense.MatMul;
import io.millrace.math.LaneMath;

/**
 * The loops in plain Java, for every machine. The weights of an input are an array over the
 * outputs, so that the JIT compiler makes vector instructions of the inner loop: one load and one
 * store of an output for four products. Products of vectors are computed for many events side by
 * side.
 */
final class PlainKernel implements Kernel {

  /** Fewest events for which it is worth to compute their products side by side. */
  private static final int FEWEST = 12;

  @Override
  public void layer(float[][] x, int n, float[] start, float[][] rows, boolean relu, float[][] y) {
    for (int e = 0; e < n; e++) {
      System.arraycopy(start, 0, y[e], 0, start.length);
    }
    MatMul.addProduct(x, rows, y, n, rows.length, start.length);
    if (relu) {
      for (int e = 0; e < n; e++) {
        positive(y[e], start.length);
      }
    }
  }

  private static void positive(float[] y, int out) {
    for (int o = 0; o < out; o++) {
      y[o] = Math.max(0, y[o]);
    }
  }

  @Override
  public void products(float[][] v, int n, Products products, float[][] x, int to) {
    if (n >= FEWEST) {
      sideBySide(v, n, products, x, to);
      return;
    }
    for (int e = 0; e < n; e++) {
      oneEvent(v[e], products, x[e], to);
    }
  }

  /** Each element of the events' vectors becomes a row over the events. */
  private static void sideBySide(float[][] v, int n, Products products, float[][] x, int to) {
    float[][] elements = new float[products.vectors() * products.dim()][n];
    for (int e = 0; e < n; e++) {
      for (int i = 0; i < elements.length; i++) {
        elements[i][e] = v[e][i];
      }
    }
    float[] sums = new float[n];
    for (int p = 0; p < products.chosen().length; p++) {
      dots(elements, products.left()[p], products.right()[p], products.dim(), sums);
      for (int e = 0; e < n; e++) {
        x[e][to + p] = sums[e];
      }
    }
  }

  private static void dots(float[][] elements, int a, int b, int dim, float[] sums) {
    int n = sums.length;
    LaneMath.multiply(elements[a], elements[b], sums, n);
    int k = 1;
    for (; k + 1 < dim; k += 2) {
      LaneMath.addProducts(
          elements[a + k], elements[b + k], elements[a + k + 1], elements[b + k + 1], sums, n);
    }
    if (k < dim) {
      LaneMath.addProduct(elements[a + k], elements[b + k], sums, n);
    }
  }

  /** Four products at a time, as each waits for its own sums. */
  private static void oneEvent(float[] v, Products products, float[] x, int to) {
    int[] left = products.left();
    int[] right = products.right();
    int p = 0;
    for (; p + 4 <= left.length; p += 4) {
      fourDots(v, products, p, x, to + p);
    }
    for (; p < left.length; p++) {
      x[to + p] = dot(v, left[p], right[p], products.dim());
    }
  }

  private static void fourDots(float[] v, Products products, int p, float[] x, int to) {
    int[] left = products.left();
    int[] right = products.right();
    int a0 = left[p];
    int a1 = left[p + 1];
    int a2 = left[p + 2];
    int a3 = left[p + 3];
    int b0 = right[p];
    int b1 = right[p + 1];
    int b2 = right[p + 2];
    int b3 = right[p + 3];
    float s0 = v[a0] * v[b0];
    float s1 = v[a1] * v[b1];
    float s2 = v[a2] * v[b2];
    float s3 = v[a3] * v[b3];
    for (int k = 1; k < products.dim(); k++) {
      s0 = Math.fma(v[a0 + k], v[b0 + k], s0);
      s1 = Math.fma(v[a1 + k], v[b1 + k], s1);
      s2 = Math.fma(v[a2 + k], v[b2 + k], s2);
      s3 = Math.fma(v[a3 + k], v[b3 + k], s3);
    }
    x[to] = s0;
    x[to + 1] = s1;
    x[to + 2] = s2;
    x[to + 3] = s3;
  }

  /** The inner product of two vectors that begin at {@code a} and {@code b}. */
  static float dot(float[] v, int a, int b, int dim) {
    float sum = v[a] * v[b];
    for (int k = 1; k < dim; k++) {
      sum = Math.fma(v[a + k], v[b + k], sum);
    }
    return sum;
  }
}
