package io.millrace.serving;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops with vector instructions: the sums of several outputs and events stay in registers.
 * Needs the module {@code jdk.incubator.vector}. {@link Kernels} loads it by name.
 */
final class VectorKernel implements Kernel {

  private static final VectorSpecies<Float> SPECIES =
      FloatVector.SPECIES_PREFERRED.length() > LANES / 2
          ? FloatVector.SPECIES_512
          : FloatVector.SPECIES_PREFERRED;
  private static final int WIDTH = SPECIES.length();

  /** Events, or vectors of an event, that share what is loaded. */
  private static final int ROWS = 4;

  VectorKernel() {}

  @Override
  public void layer(float[][] x, int n, float[] start, float[][] rows, boolean relu, float[][] y) {
    float floor = relu ? 0 : Float.NEGATIVE_INFINITY;
    for (int o = 0; o < start.length; o += 2 * WIDTH) {
      int e = 0;
      for (; e + ROWS <= n; e += ROWS) {
        fourEvents(x, e, start, rows, o, floor, y);
      }
      for (; e < n; e++) {
        oneEvent(x[e], start, rows, o, floor, y[e]);
      }
    }
  }

  private static void fourEvents(
      float[][] x, int e, float[] start, float[][] rows, int o, float floor, float[][] y) {
    float[] x0 = x[e];
    float[] x1 = x[e + 1];
    float[] x2 = x[e + 2];
    float[] x3 = x[e + 3];
    FloatVector s00 = load(start, o);
    FloatVector s01 = load(start, o + WIDTH);
    FloatVector s10 = s00;
    FloatVector s11 = s01;
    FloatVector s20 = s00;
    FloatVector s21 = s01;
    FloatVector s30 = s00;
    FloatVector s31 = s01;
    for (int k = 0; k < rows.length; k++) {
      FloatVector w0 = load(rows[k], o);
      FloatVector w1 = load(rows[k], o + WIDTH);
      FloatVector xk = FloatVector.broadcast(SPECIES, x0[k]);
      s00 = xk.fma(w0, s00);
      s01 = xk.fma(w1, s01);
      xk = FloatVector.broadcast(SPECIES, x1[k]);
      s10 = xk.fma(w0, s10);
      s11 = xk.fma(w1, s11);
      xk = FloatVector.broadcast(SPECIES, x2[k]);
      s20 = xk.fma(w0, s20);
      s21 = xk.fma(w1, s21);
      xk = FloatVector.broadcast(SPECIES, x3[k]);
      s30 = xk.fma(w0, s30);
      s31 = xk.fma(w1, s31);
    }
    store(s00, s01, floor, y[e], o);
    store(s10, s11, floor, y[e + 1], o);
    store(s20, s21, floor, y[e + 2], o);
    store(s30, s31, floor, y[e + 3], o);
  }

  private static void oneEvent(
      float[] x, float[] start, float[][] rows, int o, float floor, float[] y) {
    FloatVector s0 = load(start, o);
    FloatVector s1 = load(start, o + WIDTH);
    for (int k = 0; k < rows.length; k++) {
      FloatVector xk = FloatVector.broadcast(SPECIES, x[k]);
      s0 = xk.fma(load(rows[k], o), s0);
      s1 = xk.fma(load(rows[k], o + WIDTH), s1);
    }
    store(s0, s1, floor, y, o);
  }

  private static FloatVector load(float[] from, int at) {
    return FloatVector.fromArray(SPECIES, from, at);
  }

  private static void store(FloatVector s0, FloatVector s1, float floor, float[] y, int o) {
    s0.max(floor).intoArray(y, o);
    s1.max(floor).intoArray(y, o + WIDTH);
  }

  @Override
  public void products(float[][] v, int n, Products products, float[][] x, int to) {
    int stride = (products.vectors() + WIDTH - 1) / WIDTH * WIDTH;
    float[] turned = new float[products.dim() * stride];
    float[] all = new float[Products.room(products.vectors())];
    for (int e = 0; e < n; e++) {
      turn(v[e], products, turned, stride);
      if (products.isAll()) {
        triangle(v[e], products, turned, stride, x[e], to);
      } else {
        triangle(v[e], products, turned, stride, all, 0);
        choose(all, products.chosen(), x[e], to);
      }
    }
  }

  /** Writes element {@code k} of vector {@code i} to {@code turned[k * stride + i]}. */
  private static void turn(float[] v, Products products, float[] turned, int stride) {
    int dim = products.dim();
    for (int i = 0; i < products.vectors(); i++) {
      for (int k = 0; k < dim; k++) {
        turned[k * stride + i] = v[i * dim + k];
      }
    }
  }

  private static void choose(float[] all, int[] chosen, float[] x, int to) {
    for (int p = 0; p < chosen.length; p++) {
      x[to + p] = all[chosen[p]];
    }
  }

  /**
   * Computes all products. A store writes more than the products of a vector; what is too much lies
   * where later stores write: those of lower {@code j} and of later vectors.
   */
  private static void triangle(
      float[] v, Products products, float[] turned, int stride, float[] x, int to) {
    int last = products.vectors() - 1;
    for (int i = 1; i <= last; i += ROWS) {
      int end = Math.min(last, i + ROWS - 1);
      for (int j = (end - 1) / WIDTH * WIDTH; j >= 0; j -= WIDTH) {
        fourVectors(v, products.dim(), i, end, turned, stride, j, x, to);
      }
    }
  }

  /** Products of the vectors {@code i..end} with those from {@code j} on. */
  private static void fourVectors(
      float[] v, int dim, int i, int end, float[] turned, int stride, int j, float[] x, int to) {
    int a0 = i * dim;
    int a1 = Math.min(i + 1, end) * dim;
    int a2 = Math.min(i + 2, end) * dim;
    int a3 = Math.min(i + 3, end) * dim;
    FloatVector b = load(turned, j);
    FloatVector s0 = b.mul(v[a0]);
    FloatVector s1 = b.mul(v[a1]);
    FloatVector s2 = b.mul(v[a2]);
    FloatVector s3 = b.mul(v[a3]);
    for (int k = 1; k < dim; k++) {
      b = load(turned, k * stride + j);
      s0 = b.fma(FloatVector.broadcast(SPECIES, v[a0 + k]), s0);
      s1 = b.fma(FloatVector.broadcast(SPECIES, v[a1 + k]), s1);
      s2 = b.fma(FloatVector.broadcast(SPECIES, v[a2 + k]), s2);
      s3 = b.fma(FloatVector.broadcast(SPECIES, v[a3 + k]), s3);
    }
    write(s0, i, j, x, to);
    write(s1, Math.min(i + 1, end), j, x, to);
    write(s2, Math.min(i + 2, end), j, x, to);
    write(s3, Math.min(i + 3, end), j, x, to);
  }

  private static void write(FloatVector sums, int i, int j, float[] x, int to) {
    if (j < i) {
      sums.intoArray(x, to + Products.all(i) + j);
    }
  }
}
