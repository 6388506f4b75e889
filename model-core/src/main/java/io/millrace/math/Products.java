package io.millrace.math;

/**
 * Computes many products of small matrices of one shape, faster than loops; results may differ from
 * those of loops in the last bits. Equal calls give equal bits. One thread at a time.
 */
public interface Products extends AutoCloseable {

  /**
   * Shape of {@code count} products {@code C = A B}, each {@code A} of {@code rows x inner}, {@code
   * B} of {@code inner x columns}; stored one after the other, row-major.
   *
   * @param transposedA whether {@code A} is stored as {@code inner x rows}
   * @param transposedB whether {@code B} is stored as {@code columns x inner}
   */
  record Shape(
      int count, int rows, int inner, int columns, boolean transposedA, boolean transposedB) {}

  /**
   * Multiplies.
   *
   * @param a left factors, from {@code a[aFrom]}
   * @param b right factors, from {@code b[bFrom]}
   * @param c products, from {@code c[cFrom]}, overwritten
   */
  void multiply(Shape shape, float[] a, int aFrom, float[] b, int bFrom, float[] c, int cFrom);

  @Override
  void close();
}
