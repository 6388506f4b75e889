package io.millrace.metric;

import io.millrace.math.OneSidedJacobi;
import java.util.Arrays;

/**
 * Drift of the teacher's vectors between two windows, after the best rotation: orthogonal
 * Procrustes (Schoenemann 1966) on the ids that both windows share.
 *
 * <ol>
 *   <li>centre X and Y by their weighted means
 *   <li>{@code U S V^T = svd(X^T diag(w) Y)}, a dim x dim matrix, by one-sided Jacobi
 *   <li>{@code R = U V^T}, the orthogonal matrix (reflections allowed) that minimises the weighted
 *       {@code ||X R - Y||^2}
 * </ol>
 *
 * <p>The rotation is needed because teachers that were trained separately may differ by any
 * rotation and sign of the latent space. See docs/algorithms.md, section 9.3.
 *
 * @param rotation R, {@code double[dim * dim]}, row-major
 * @param residualRatio weighted {@code ||X R - Y||^2 / ||Y||^2} of the centred vectors; no unit, at
 *     least 0: 0 for equal shapes, 1 if X explains nothing of Y; NaN if Y has no variance
 * @param displacement quantiles over the ids, unweighted, of {@code |x R - y|} in the unit of the
 *     vectors: median, 90th, 99th percentile (nearest rank) and maximum
 * @param norm root mean square over the ids, unweighted, of {@code |y|} after centring;
 *     displacements of different tables are comparable in this unit
 */
@SuppressWarnings("ArrayRecordComponent") // a result that is read once
public record Procrustes(
    double[] rotation, double residualRatio, double[] displacement, double norm) {

  private static final double[] QUANTILES = {.5, .9, .99, 1};

  /**
   * Aligns x to y.
   *
   * @param x older vectors, {@code double[n * dim]}, row-major
   * @param y newer vectors of the same ids
   * @param weights {@code double[n]}, at least 0, not all 0
   * @param dim dimension, at least 1
   */
  public static Procrustes align(double[] x, double[] y, double[] weights, int dim) {
    int n = weights.length;
    if (n == 0 || x.length != n * dim || y.length != n * dim) {
      throw new IllegalArgumentException(
          "x and y must have n * dim = "
              + n
              + " * "
              + dim
              + " > 0 entries but had "
              + x.length
              + " and "
              + y.length);
    }
    double[] xc = centred(x, weights, dim);
    double[] yc = centred(y, weights, dim);
    double[] rotation = polarFactor(crossProduct(xc, yc, weights, dim), dim);
    double[] moved = new double[n];
    double residual = 0;
    double total = 0;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double distance = squaredDistance(xc, yc, rotation, i * dim, dim);
      moved[i] = Math.sqrt(distance);
      residual += weights[i] * distance;
      for (int d = 0; d < dim; d++) {
        total += weights[i] * yc[i * dim + d] * yc[i * dim + d];
        squares += yc[i * dim + d] * yc[i * dim + d];
      }
    }
    return new Procrustes(rotation, residual / total, quantiles(moved), Math.sqrt(squares / n));
  }

  private static double[] centred(double[] x, double[] weights, int dim) {
    double[] mean = new double[dim];
    for (int i = 0; i < x.length; i++) {
      mean[i % dim] += weights[i / dim] * x[i];
    }
    double total = Arrays.stream(weights).sum();
    double[] centred = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      centred[i] = x[i] - mean[i % dim] / total;
    }
    return centred;
  }

  /** X^T diag(w) Y, row-major. */
  private static double[] crossProduct(double[] x, double[] y, double[] weights, int dim) {
    double[] product = new double[dim * dim];
    for (int i = 0; i < weights.length; i++) {
      for (int r = 0; r < dim; r++) {
        for (int c = 0; c < dim; c++) {
          product[r * dim + c] += weights[i] * x[i * dim + r] * y[i * dim + c];
        }
      }
    }
    return product;
  }

  private static double squaredDistance(double[] x, double[] y, double[] r, int at, int dim) {
    double squared = 0;
    for (int c = 0; c < dim; c++) {
      double rotated = 0;
      for (int k = 0; k < dim; k++) {
        rotated += x[at + k] * r[k * dim + c];
      }
      squared += (rotated - y[at + c]) * (rotated - y[at + c]);
    }
    return squared;
  }

  private static double[] quantiles(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double[] quantiles = new double[QUANTILES.length];
    for (int q = 0; q < quantiles.length; q++) {
      quantiles[q] = sorted[Math.max(0, (int) Math.ceil(QUANTILES[q] * sorted.length) - 1)];
    }
    return quantiles;
  }

  /**
   * {@code U V^T} of a square matrix {@code M = U S V^T}: rotations from the right make the columns
   * of {@code M V} orthogonal; their directions are U. Directions of zero singular values are
   * arbitrary and completed by unit vectors in order.
   */
  static double[] polarFactor(double[] m, int dim) {
    double[] u = m.clone();
    double[] v = OneSidedJacobi.orthogonaliseInPlace(u, dim);
    normaliseColumns(u, dim);
    double[] product = new double[dim * dim];
    for (int r = 0; r < dim; r++) {
      for (int c = 0; c < dim; c++) {
        for (int k = 0; k < dim; k++) {
          product[r * dim + c] += u[r * dim + k] * v[c * dim + k];
        }
      }
    }
    return product;
  }

  /**
   * Scales columns to length 1; those of (nearly) zero length become unit vectors orthogonal to all
   * others.
   */
  private static void normaliseColumns(double[] u, int dim) {
    double largest = 0;
    for (int c = 0; c < dim; c++) {
      largest = Math.max(largest, OneSidedJacobi.dot(u, c, c, dim));
    }
    boolean[] done = new boolean[dim];
    for (int c = 0; c < dim; c++) {
      double squared = OneSidedJacobi.dot(u, c, c, dim);
      done[c] = squared > 1e-28 * largest && squared > 0;
      scaleColumn(u, c, done[c] ? 1 / Math.sqrt(squared) : 0, dim);
    }
    for (int c = 0; c < dim; c++) {
      for (int axis = 0; axis < dim && !done[c]; axis++) {
        done[c] = complete(u, c, axis, dim);
      }
    }
  }

  /**
   * Sets column c to the component of a unit vector that is orthogonal to the other columns; false
   * if that is too small.
   */
  private static boolean complete(double[] u, int c, int axis, int dim) {
    double[] column = new double[dim];
    column[axis] = 1;
    for (int other = 0; other < dim; other++) {
      double along = u[axis * dim + other];
      for (int r = 0; r < dim; r++) {
        column[r] -= along * u[r * dim + other];
      }
    }
    double squared = Arrays.stream(column).map(x -> x * x).sum();
    if (squared < .5 / dim) {
      return false;
    }
    for (int r = 0; r < dim; r++) {
      u[r * dim + c] = column[r] / Math.sqrt(squared);
    }
    return true;
  }

  private static void scaleColumn(double[] u, int c, double factor, int dim) {
    for (int r = 0; r < dim; r++) {
      u[r * dim + c] *= factor;
    }
  }
}
