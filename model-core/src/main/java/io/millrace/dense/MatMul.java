package io.millrace.dense;

/**
 * Matrix product in plain Java, {@code C += A B}, written so that the JIT compiler turns the inner
 * loop into vector instructions: B and C are arrays of rows, because the compiler vectorises {@code
 * row[j]} but not {@code flat[offset + j]} with several offsets.
 *
 * <p>Loop order: columns in blocks → {@code k} in blocks (so that the part of B in use stays in the
 * first-level cache) → rows {@code i} of C → four values of {@code k} → columns {@code j}. The
 * inner loop adds four rows of B to one row of C: one load and one store of C for four fused
 * multiply-adds.
 *
 * <p>Every element is {@code c = fma(a_k, b_k, c)} for {@code k} ascending, whatever the blocking:
 * the result equals the naive triple loop to the bit, and a row of C depends neither on the other
 * rows nor on their number.
 */
public final class MatMul {
  /** Columns of B and C in one block: one row of a block is 1 KiB. */
  private static final int COLUMNS = 256;

  /** Rows of B in one block: a block is 24 KiB, of a first-level cache of 32 KiB or more. */
  private static final int STEPS = 24;

  private static final int UNROLL = 4;

  private MatMul() {}

  /**
   * {@code C[i][j] += sum_k a[i][k] B[k][j]}.
   *
   * @param a left factor, at least {@code rows} rows of at least {@code inner}
   * @param b right factor, at least {@code inner} rows of at least {@code columns}
   * @param c accumulated result, at least {@code rows} rows of at least {@code columns}
   */
  public static void addProduct(
      float[][] a, float[][] b, float[][] c, int rows, int inner, int columns) {
    for (int j0 = 0; j0 < columns; j0 += COLUMNS) {
      int j1 = Math.min(columns, j0 + COLUMNS);
      for (int k0 = 0; k0 < inner; k0 += STEPS) {
        int k1 = Math.min(inner, k0 + STEPS);
        for (int i = 0; i < rows; i++) {
          addBlock(a[i], b, c[i], k0, k1, j0, j1);
        }
      }
    }
  }

  private static void addBlock(float[] a, float[][] b, float[] c, int k0, int k1, int j0, int j1) {
    int k = k0;
    for (; k + UNROLL <= k1; k += UNROLL) {
      addFourRows(a, k, b, c, j0, j1);
    }
    for (; k < k1; k++) {
      addRow(a[k], b[k], c, j0, j1);
    }
  }

  private static void addFourRows(float[] a, int k, float[][] b, float[] c, int j0, int j1) {
    float a0 = a[k];
    float a1 = a[k + 1];
    float a2 = a[k + 2];
    float a3 = a[k + 3];
    float[] b0 = b[k];
    float[] b1 = b[k + 1];
    float[] b2 = b[k + 2];
    float[] b3 = b[k + 3];
    for (int j = j0; j < j1; j++) {
      float s = Math.fma(a0, b0[j], c[j]);
      s = Math.fma(a1, b1[j], s);
      s = Math.fma(a2, b2[j], s);
      c[j] = Math.fma(a3, b3[j], s);
    }
  }

  private static void addRow(float a, float[] b, float[] c, int j0, int j1) {
    for (int j = j0; j < j1; j++) {
      c[j] = Math.fma(a, b[j], c[j]);
    }
  }
}
