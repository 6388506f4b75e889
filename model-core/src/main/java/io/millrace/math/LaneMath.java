package io.millrace.math;

/**
 * Loops over rows of equal length, written so that the JIT compiler turns them into vector
 * instructions: a few distinct arrays, one index from 0, no branch. (An index plus an offset into a
 * flat array would prevent that, because the compiler cannot exclude that input and output
 * overlap.)
 *
 * <p>Results do not depend on whether a loop was vectorised: every product is added with {@link
 * Math#fma}, in the order given.
 */
public final class LaneMath {

  private LaneMath() {}

  /** {@code c[i] = a[i] b[i]} for {@code i < n}. */
  public static void multiply(float[] a, float[] b, float[] c, int n) {
    for (int i = 0; i < n; i++) {
      c[i] = a[i] * b[i];
    }
  }

  /** {@code c[i] += a[i] b[i]} for {@code i < n}. */
  public static void addProduct(float[] a, float[] b, float[] c, int n) {
    for (int i = 0; i < n; i++) {
      c[i] = Math.fma(a[i], b[i], c[i]);
    }
  }

  /** {@code c[i] += a0[i] b0[i] + a1[i] b1[i]} for {@code i < n}. */
  public static void addProducts(float[] a0, float[] b0, float[] a1, float[] b1, float[] c, int n) {
    for (int i = 0; i < n; i++) {
      c[i] = Math.fma(a1[i], b1[i], Math.fma(a0[i], b0[i], c[i]));
    }
  }

  /** {@code to[i] = from[at + i * stride]} for {@code i < n}. */
  public static void gather(float[] from, int at, int stride, float[] to, int n) {
    for (int i = 0; i < n; i++) {
      to[i] = from[at + i * stride];
    }
  }

  /** {@code to[at + i * stride] = from[i]} for {@code i < n}. */
  public static void scatter(float[] from, float[] to, int at, int stride, int n) {
    for (int i = 0; i < n; i++) {
      to[at + i * stride] = from[i];
    }
  }
}
