package io.millrace.table;

/**
 * MLET: a table that is factorised while it trains.
 *
 * <ol>
 *   <li>{@code W = W1 W2}, {@code W1} of {@code rows x k}, {@code W2} of {@code k x dim} with
 *       {@code k >= dim}. Both start as {@code N(0, std^2)}.
 *   <li>Both are trained; forward and backward are those of {@link FactorisedTable}. A step of
 *       {@code W2} moves all rows, those of rare ids too.
 *   <li>A server gets the product only.
 * </ol>
 *
 * <p>To first order a row moves {@code k std^2} times as fast at the start as in a plain table
 * (SGD), so a fair comparison gives each kind of table a learning rate of its own. Cost: {@code k /
 * dim} times the memory of the rows while training.
 *
 * <p>Where we differ: the paper does not say whether its N(0, 0.0625) means a variance or a
 * standard deviation. The deviation is a parameter here; .0625 is the default, as .25 gives ids
 * that are seen a few times a large vector that they never lose.
 *
 * <p>Reference: Ghaemmaghami et al. 2020, Training with Multi-Layer Embeddings for Model Reduction.
 * See docs/algorithms.md, section 7.1.
 */
public final class MletTable extends FactorisedTable {

  /**
   * A factorised table.
   *
   * @param rows rows to start with; 0 for a table that grows
   * @param k inner dimension, at least {@code dim}: a smaller one bounds the product's rank by k
   *     (Theorem 2.2)
   * @param dim length of a vector, at least 1
   * @param std standard deviation of both factors' initial values, greater than 0
   * @param optimizer rule of {@code W1}, row by row, and of {@code W2}
   * @param seed equal seeds give equal initial values
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
