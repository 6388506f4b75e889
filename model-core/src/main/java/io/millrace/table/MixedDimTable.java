package io.millrace.table;

/**
 * A table of short rows with a projection to the model's dimension: {@code W = W1 W2}, {@code W1}
 * of {@code rows x width}, {@code W2} of {@code width x dim} without bias, {@code width < dim}
 * ("Mixed Dimension Embeddings with Application to Memory-Efficient Recommendation Systems", Ginart
 * et al. 2021; {@link MixedDims} chooses the width). Its rank is at most {@code width}. Forward and
 * backward are those of {@link FactorisedTable}.
 *
 * <p>Both factors have Xavier's initial values {@code U(-sqrt(6 / (in + out)), sqrt(6 / (in +
 * out)))}, as in DLRM; {@code in} and {@code out} are {@code n} and {@code width} for W1, {@code
 * width} and {@code dim} for W2.
 *
 * <p>A server gets the smaller of two forms: the two factors or, for a table with few rows, their
 * product. Where updates are emitted it is the factors always.
 */
public final class MixedDimTable extends FactorisedTable {

  private MixedDimTable(
      int rows, int width, int dim, TableOptimizer optimizer, RowInit w1, RowInit w2) {
    super(rows, width, dim, new Factor(optimizer, w1), new Factor(optimizer, w2));
  }

  /**
   * A table of rows of {@code width} floats; without a projection if that is {@code dim}.
   *
   * @param rows rows to start with; 0 for a table that grows
   * @param n expected number of rows, at least 1; determines the scale of the initial values
   * @param width floats of a row, in 1..dim
   * @param dim length of a vector
   */
  public static EmbeddingTable of(
      int rows, long n, int width, int dim, TableOptimizer optimizer, long seed) {
    if (width < 1 || width > dim) {
      throw new IllegalArgumentException("width must be in 1..dim (" + dim + ") but was " + width);
    }
    RowInit init = RowInit.xavier(n, width, seed);
    return width == dim
        ? new PlainTable(rows, dim, optimizer, init)
        : new MixedDimTable(rows, width, dim, optimizer, init, RowInit.xavier(width, dim, ~seed));
  }

  /** Floats of a row before the projection. */
  public int width() {
    return innerDim();
  }
}
