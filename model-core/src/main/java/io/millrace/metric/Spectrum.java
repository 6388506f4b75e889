package io.millrace.metric;

import io.millrace.math.OneSidedJacobi;
import java.util.Arrays;

/**
 * Singular values of an embedding table: how many directions its vectors use. The training of a
 * factorised table increases large singular values and shrinks small ones, which is how the MLET
 * paper explains its gains (Ghaemmaghami et al. 2020, section 5). See docs/algorithms.md, section
 * 7.1.
 *
 * @param aboveOnePercent singular values above 1 % of the largest, in [0, of]; the paper's count
 * @param of number of singular values: the smaller of rows and dimension
 * @param effectiveRank {@code exp} of the entropy of the singular values' shares of their sum, in
 *     [1, of] (Roy and Vetterli 2007); NaN if all are 0
 */
public record Spectrum(int aboveOnePercent, int of, double effectiveRank) {

  private static final double SHARE = .01;

  /**
   * The figures of given singular values.
   *
   * @param values at least 0, in any order
   */
  public static Spectrum of(double... values) {
    double largest = Arrays.stream(values).max().orElse(0);
    double sum = Arrays.stream(values).sum();
    int above = 0;
    double entropy = 0;
    for (double value : values) {
      above += value > SHARE * largest ? 1 : 0;
      entropy -= value > 0 ? value / sum * Math.log(value / sum) : 0;
    }
    return new Spectrum(above, values.length, sum > 0 ? Math.exp(entropy) : Double.NaN);
  }

  /**
   * Reads a table row by row: {@code G += w w^T}, whose eigenvalues are the squares of the singular
   * values. Singular values below 1e-7 of the largest cannot be distinguished from 0; the figures
   * ignore such small ones anyway.
   */
  public static final class Gatherer {

    private final int dim;
    private final double[] gram;
    private long rows;

    /** Without rows; each will have {@code dim} floats. */
    public Gatherer(int dim) {
      this.dim = dim;
      this.gram = new double[dim * dim];
    }

    /** Adds the row {@code w[offset .. offset + dim)}. */
    public void add(float[] w, int offset) {
      rows++;
      for (int i = 0; i < dim; i++) {
        double wi = w[offset + i];
        for (int j = 0; j < dim; j++) {
          gram[i * dim + j] += wi * w[offset + j];
        }
      }
    }

    /** The singular values of the rows so far, descending. */
    public double[] singularValues() {
      double[] turned = gram.clone();
      OneSidedJacobi.orthogonaliseInPlace(turned, dim);
      double[] ascending = new double[dim];
      for (int c = 0; c < dim; c++) {
        ascending[c] = Math.sqrt(Math.sqrt(OneSidedJacobi.dot(turned, c, c, dim)));
      }
      Arrays.sort(ascending);
      double[] values = new double[(int) Math.min(rows, dim)];
      for (int i = 0; i < values.length; i++) {
        values[i] = ascending[dim - 1 - i];
      }
      return values;
    }

    /** The figures of the rows so far. */
    public Spectrum spectrum() {
      return of(singularValues());
    }
  }
}
