package io.millrace.table;

/**
 * A table that is factorised while it trains: {@code W = W1 W2}, {@code W1} of {@code rows x k},
 * {@code W2} of {@code k x dim} with {@code k >= dim}; a server gets the product only ("Training
 * with Multi-Layer Embeddings for Model Reduction", Ghaemmaghami et al. 2020). Forward and backward
 * are those of {@link FactorisedTable}.
 *
 * <p>The paper does not say whether its N(0, 0.0625) gives the variance or the standard deviation;
 * here the standard deviation is a parameter.
 */
public final class MletTable extends FactorisedTable {

  /**
   * A factorised table.
   *
   * @param rows rows to start with; 0 for a table that grows
   * @param k inner dimension, at least {@code dim}: a smaller one would bound the product's rank by
   *     k (Theorem 2.2)
   * @param std standard deviation of both factors' initial values
   */
  public MletTable(int rows, int k, int dim, double std, TableOptimizer optimizer, long seed) {
    super(
        rows,
        checked(k, dim),
        dim,
        optimizer,
        new RowInit(RowInit.Shape.GAUSSIAN, std, seed),
        new RowInit(RowInit.Shape.GAUSSIAN, std, ~seed));
  }

  private static int checked(int k, int dim) {
    if (k < dim) {
      throw new IllegalArgumentException(
          "k must be >= dim (" + dim + "), else the table's rank is at most k, but was " + k);
    }
    return k;
  }
}
