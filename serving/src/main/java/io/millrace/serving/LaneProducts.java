package io.millrace.serving;

import io.millrace.math.LaneMath;

/**
 * Computes the same inner products for many events side by side: each element of the events'
 * vectors becomes a row over the events, so that the products use vector registers. Equal to the
 * bit to products that are computed event by event. It holds buffers: one thread at a time.
 */
final class LaneProducts {

  /** Fewest events for which this is worth the copies. */
  static final int FEWEST = 12;

  private final float[][] elements;
  private final float[] sum;

  /**
   * Buffers.
   *
   * @param length floats of all vectors of an event
   * @param events most events
   */
  LaneProducts(int length, int events) {
    this.elements = new float[length][events];
    this.sum = new float[events];
  }

  /**
   * Computes products.
   *
   * @param v all vectors of each event
   * @param n number of events
   * @param left where the first vector of each product begins
   * @param right where its second begins
   * @param x receives the products of each event, from {@code x[e][to]} on
   */
  void of(float[][] v, int n, int[] left, int[] right, int dim, float[][] x, int to) {
    for (int e = 0; e < n; e++) {
      float[] one = v[e];
      for (int i = 0; i < one.length; i++) {
        elements[i][e] = one[i];
      }
    }
    for (int p = 0; p < left.length; p++) {
      dot(left[p], right[p], dim, n);
      for (int e = 0; e < n; e++) {
        x[e][to + p] = sum[e];
      }
    }
  }

  private void dot(int a, int b, int dim, int n) {
    LaneMath.multiply(elements[a], elements[b], sum, n);
    int k = 1;
    for (; k + 1 < dim; k += 2) {
      LaneMath.addProducts(
          elements[a + k], elements[b + k], elements[a + k + 1], elements[b + k + 1], sum, n);
    }
    if (k < dim) {
      LaneMath.addProduct(elements[a + k], elements[b + k], sum, n);
    }
  }
}
