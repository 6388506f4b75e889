package io.millrace.math;

/**
 * Singular value decomposition by rotations from the right that make the columns of a matrix
 * orthogonal (Hestenes 1958): {@code M V = U S}, with the singular values as the columns' lengths.
 * Small singular values keep their relative accuracy. Costs about ten sweeps of {@code rows *
 * cols^2} each; meant for few columns.
 */
public final class OneSidedJacobi {

  private static final int MAX_SWEEPS = 60;

  private OneSidedJacobi() {}

  /**
   * Makes the columns orthogonal.
   *
   * @param m {@code double[rows * cols]}, row-major; becomes {@code M V}
   * @return {@code V}, {@code double[cols * cols]}, row-major, orthogonal
   */
  public static double[] orthogonaliseInPlace(double[] m, int cols) {
    double[] v = new double[cols * cols];
    for (int c = 0; c < cols; c++) {
      v[c * cols + c] = 1;
    }
    int sweeps = 0;
    while (sweeps < MAX_SWEEPS && sweepOnce(m, v, cols)) {
      sweeps++;
    }
    return v;
  }

  /** One rotation for each pair of columns; false once all are orthogonal. */
  private static boolean sweepOnce(double[] m, double[] v, int cols) {
    boolean rotated = false;
    for (int p = 0; p < cols; p++) {
      for (int q = p + 1; q < cols; q++) {
        double alpha = dot(m, p, p, cols);
        double beta = dot(m, q, q, cols);
        double gamma = dot(m, p, q, cols);
        if (Math.abs(gamma) > 1e-15 * Math.sqrt(alpha * beta)) {
          double zeta = (beta - alpha) / (2 * gamma);
          double t = Math.copySign(1, zeta) / (Math.abs(zeta) + Math.hypot(1, zeta));
          rotate(m, p, q, t, cols);
          rotate(v, p, q, t, cols);
          rotated = true;
        }
      }
    }
    return rotated;
  }

  private static void rotate(double[] m, int p, int q, double tangent, int cols) {
    double cos = 1 / Math.hypot(1, tangent);
    double sin = cos * tangent;
    for (int row = 0; row < m.length; row += cols) {
      double mp = m[row + p];
      double mq = m[row + q];
      m[row + p] = cos * mp - sin * mq;
      m[row + q] = sin * mp + cos * mq;
    }
  }

  /**
   * Inner product of two columns.
   *
   * @param m row-major, of any number of rows
   */
  public static double dot(double[] m, int p, int q, int cols) {
    double sum = 0;
    for (int row = 0; row < m.length; row += cols) {
      sum += m[row + p] * m[row + q];
    }
    return sum;
  }
}
