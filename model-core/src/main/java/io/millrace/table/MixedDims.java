package io.millrace.table;

/**
 * Dimensions by popularity: a field with many ids, each of them rare, gets shorter rows than one
 * with few ids (Ginart et al. 2021, "popularity-based mixed dimensions"):
 *
 * <pre>d_f = lambda n_f^-alpha,   rounded, then to a power of two if wanted,   within 1..dim</pre>
 *
 * <p>{@code alpha} is the temperature, 0 for equal dimensions; the paper finds .2 to .4 best.
 * {@code lambda} comes from the dimension of the smallest field or from a budget. Difference to the
 * paper: its {@code lambda = B / sum_f n_f^(1-alpha)} meets a budget of B floats before rounding
 * and clipping and without the projections; here lambda is found by bisection, so that the rounded
 * and clipped tables with their projections fit. See docs/algorithms.md, section 7.2.
 */
public final class MixedDims {

  private static final int BISECTIONS = 200;

  private final long[] n;
  private final int dim;
  private final double alpha;
  private final boolean powersOfTwo;

  /**
   * Dimensions for fields of {@code n[f]} rows.
   *
   * @param n rows of each field's table, at least 1 each
   * @param dim greatest dimension, that of the model's vectors, at least 1
   * @param alpha temperature, in [0, 1]
   * @param powersOfTwo whether dimensions are rounded to powers of two
   */
  public MixedDims(long[] n, int dim, double alpha, boolean powersOfTwo) {
    if (!(alpha >= 0 && alpha <= 1)) {
      throw new IllegalArgumentException("alpha must be in [0, 1] but was " + alpha);
    }
    this.n = n.clone();
    this.dim = dim;
    this.alpha = alpha;
    this.powersOfTwo = powersOfTwo;
  }

  /**
   * Dimensions from that of the field with the fewest rows, {@code d0}; the others get at most as
   * much.
   *
   * @param d0 in 1..dim
   */
  public int[] bySmallestField(int d0) {
    long least = Long.MAX_VALUE;
    for (long rows : n) {
      least = Math.min(least, rows);
    }
    return dims(d0 * StrictMath.pow((double) least, alpha));
  }

  /**
   * Dimensions for which tables and projections fit into a budget.
   *
   * @param floats total number of parameters
   * @throws IllegalArgumentException if one float per row exceeds the budget
   */
  public int[] byBudget(long floats) {
    double low = 0;
    if (least() > floats) {
      throw new IllegalArgumentException(
          "the budget must be >= "
              + least()
              + " floats, as many as rows of one float and their projections have, but was "
              + floats);
    }
    double high = 0;
    for (long rows : n) {
      high = Math.max(high, 2.0 * dim * StrictMath.pow((double) rows, alpha));
    }
    if (floats(dims(high)) <= floats) {
      return dims(high);
    }
    for (int i = 0; i < BISECTIONS; i++) {
      double middle = (low + high) / 2;
      if (floats(dims(middle)) <= floats) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return dims(low);
  }

  /** Floats of tables with one float per row, and of their projections. */
  public long least() {
    return floats(dims(0));
  }

  /** Floats of tables of these dimensions, with the projections of the short ones. */
  public long floats(int[] dims) {
    long floats = 0;
    for (int f = 0; f < n.length; f++) {
      floats += n[f] * dims[f] + (dims[f] < dim ? (long) dims[f] * dim : 0);
    }
    return floats;
  }

  private int[] dims(double lambda) {
    int[] dims = new int[n.length];
    for (int f = 0; f < n.length; f++) {
      double d = Math.rint(lambda * StrictMath.pow((double) n[f], -alpha));
      if (powersOfTwo && d >= 1) {
        d = StrictMath.pow(2, Math.rint(StrictMath.log(d) / StrictMath.log(2)));
      }
      dims[f] = (int) Math.min(dim, Math.max(1, d));
    }
    return dims;
  }
}
