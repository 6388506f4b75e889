package io.millrace.cluster;

import java.util.Arrays;
import java.util.Locale;

/**
 * The choice of one value per id for clustering, when the teacher's vectors have several
 * dimensions. The paper does not specify it ("Learning to Collide" clusters 1-D values of a table
 * of dimension 2 or 4).
 *
 * <p>Vectors are {@code float[ids * dim]}, row-major. Means and variances are weighted by count, or
 * unweighted if all counts are 0. The values are not centred, so that an id with a vector near 0
 * keeps a value near 0. Deterministic: sums run from left to right. See docs/algorithms.md, section
 * 3.1.
 */
public enum TeacherValue {
  /** The first dimension. */
  DIM0,
  /** The dimension of largest weighted variance; the first of equal ones. */
  MAXVAR,
  /**
   * The first weighted principal component; does not depend on how the teacher's latent space is
   * rotated. Its sign is chosen such that the loading of largest magnitude is positive.
   */
  PCA1;

  private static final int MAX_SWEEPS = 60;

  /** The name in job files. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The choice with that name.
   *
   * @throws IllegalArgumentException naming the choices
   */
  public static TeacherValue of(String key) {
    for (TeacherValue value : values()) {
      if (value.key().equals(key)) {
        return value;
      }
    }
    throw new IllegalArgumentException(
        "teacher value must be dim0, maxvar or pca1 but was '" + key + "'");
  }

  /**
   * Selects one value per id.
   *
   * @param vectors {@code float[counts.length * dim]}, row-major
   * @param dim dimensions of a vector, at least 1
   * @param counts count of each id, at least 0
   */
  public double[] select(float[] vectors, int dim, double[] counts) {
    if (dim < 1 || vectors.length != (long) dim * counts.length) {
      throw new IllegalArgumentException(
          "vectors must have "
              + counts.length
              + " rows of dim >= 1 but dim was "
              + dim
              + " and the length "
              + vectors.length);
    }
    return project(vectors, direction(vectors, dim, counts), counts.length);
  }

  private double[] direction(float[] vectors, int dim, double[] counts) {
    if (this == DIM0 || dim == 1) {
      return unit(dim, 0);
    }
    double[][] covariance = covariance(vectors, dim, counts);
    return this == MAXVAR
        ? unit(dim, largestDiagonal(covariance))
        : positive(leadingEigenvector(covariance));
  }

  private static double[] unit(int dim, int axis) {
    double[] direction = new double[dim];
    direction[axis] = 1;
    return direction;
  }

  private static double[] project(float[] vectors, double[] direction, int ids) {
    int dim = direction.length;
    double[] values = new double[ids];
    for (int i = 0; i < ids; i++) {
      double sum = 0;
      for (int d = 0; d < dim; d++) {
        sum += direction[d] * vectors[i * dim + d];
      }
      values[i] = sum;
    }
    return values;
  }

  private static double[][] covariance(float[] vectors, int dim, double[] counts) {
    boolean counted = Arrays.stream(counts).anyMatch(c -> c > 0);
    double[] mean = new double[dim];
    double[] weights = new double[counts.length];
    Arrays.setAll(weights, i -> counted ? counts[i] : 1);
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i];
      for (int d = 0; d < dim; d++) {
        mean[d] += weights[i] * vectors[i * dim + d];
      }
    }
    for (int d = 0; d < dim; d++) {
      mean[d] = sum > 0 ? mean[d] / sum : 0;
    }
    return secondMoments(vectors, mean, weights);
  }

  /** Weighted sums of products of deviations; not normalised, because only their ratios matter. */
  private static double[][] secondMoments(float[] vectors, double[] mean, double[] weights) {
    int dim = mean.length;
    double[][] moments = new double[dim][dim];
    double[] deviation = new double[dim];
    for (int i = 0; i < weights.length; i++) {
      for (int d = 0; d < dim; d++) {
        deviation[d] = vectors[i * dim + d] - mean[d];
      }
      for (int a = 0; a < dim; a++) {
        for (int b = 0; b < dim; b++) {
          moments[a][b] += weights[i] * deviation[a] * deviation[b];
        }
      }
    }
    return moments;
  }

  private static int largestDiagonal(double[][] matrix) {
    int best = 0;
    for (int d = 1; d < matrix.length; d++) {
      if (matrix[d][d] > matrix[best][best]) {
        best = d;
      }
    }
    return best;
  }

  /** Cyclic Jacobi rotations of a small symmetric matrix, until it is diagonal. */
  private static double[] leadingEigenvector(double[][] matrix) {
    int dim = matrix.length;
    double[][] vectors = new double[dim][];
    Arrays.setAll(vectors, d -> unit(dim, d));
    for (int sweep = 0; sweep < MAX_SWEEPS; sweep++) {
      boolean rotated = false;
      for (int a = 0; a < dim; a++) {
        for (int b = a + 1; b < dim; b++) {
          rotated |= rotate(matrix, vectors, a, b);
        }
      }
      if (!rotated) {
        break;
      }
    }
    int best = largestDiagonal(matrix);
    double[] leading = new double[dim];
    Arrays.setAll(leading, d -> vectors[d][best]);
    return leading;
  }

  /**
   * Makes element (a, b) zero; false if it is so small that it changes neither diagonal element.
   */
  private static boolean rotate(double[][] m, double[][] vectors, int a, int b) {
    double off = m[a][b];
    if (m[a][a] + off == m[a][a] && m[b][b] + off == m[b][b]) {
      return false;
    }
    double theta = (m[b][b] - m[a][a]) / (2 * off);
    double t = Math.copySign(1, theta) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
    double c = 1 / Math.sqrt(t * t + 1);
    double s = t * c;
    for (double[] row : m) {
      turn(row, a, b, c, s);
    }
    for (int k = 0; k < m.length; k++) {
      double x = m[a][k];
      double y = m[b][k];
      m[a][k] = c * x - s * y;
      m[b][k] = s * x + c * y;
    }
    for (double[] row : vectors) {
      turn(row, a, b, c, s);
    }
    return true;
  }

  private static void turn(double[] row, int a, int b, double c, double s) {
    double x = row[a];
    double y = row[b];
    row[a] = c * x - s * y;
    row[b] = s * x + c * y;
  }

  private static double[] positive(double[] direction) {
    int largest = 0;
    for (int d = 1; d < direction.length; d++) {
      if (Math.abs(direction[d]) > Math.abs(direction[largest])) {
        largest = d;
      }
    }
    if (direction[largest] < 0) {
      for (int d = 0; d < direction.length; d++) {
        direction[d] = -direction[d];
      }
    }
    return direction;
  }
}
