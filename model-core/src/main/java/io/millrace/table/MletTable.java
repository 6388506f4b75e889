package io.millrace.table;

/**
 * MLET: a table that is factorised while it trains, {@code W = W1 W2}, {@code W1} of {@code rows x
 * k}, {@code W2} of {@code k x dim} with {@code k >= dim}. A server gets the product only, unless
 * updates are emitted ({@link FactorisedTable#track}).
 *
 * <p>Both factors are trained; forward and backward are those of {@link FactorisedTable}. {@code
 * W2} is shared by all rows: a step of it moves every row, those of rare ids too. How fast it may
 * move decides whether the table gains ({@link MletOptions.Shared}):
 *
 * <ul>
 *   <li>{@link #withLayer As a layer}, the default. W1 starts as a plain table does and W2 as the
 *       identity, so the table starts as a plain one, and to first order its rows learn as fast. W2
 *       takes the update rule of the MLPs, whose layer it is: the first one after the look-up.
 *   <li>{@link #MletTable As rows}, the paper. Both factors start as {@code N(0, std^2)} and have
 *       the rows' rule. Row-wise Adagrad then moves each entry of W2 by about {@code lr} in the
 *       first step, which is as much as its initial value, and all rows with it.
 * </ul>
 *
 * <p>Where we differ: the layer is ours. The paper does not say whether its N(0, 0.0625) means a
 * variance or a standard deviation; the deviation is a parameter here, and .0625 the default, as
 * .25 gives ids that are seen a few times a large vector that they never lose.
 *
 * <p>Cost: {@code k / dim} times the memory of the rows while training.
 *
 * <p>Reference: Ghaemmaghami et al. 2020, Training with Multi-Layer Embeddings for Model Reduction.
 * See docs/algorithms.md, section 7.1.
 */
public final class MletTable extends FactorisedTable {

  /**
   * A table whose shared factor starts at random and learns as rows do.
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
    this(
        rows,
        k,
        dim,
        new Factor(optimizer, new RowInit(RowInit.Shape.GAUSSIAN, std, seed)),
        new Factor(optimizer, new RowInit(RowInit.Shape.GAUSSIAN, std, ~seed)));
  }

  private MletTable(int rows, int k, int dim, Factor w1, Factor w2) {
    super(rows, checked(k, dim), dim, w1, w2);
  }

  /**
   * A table whose shared factor starts as the identity and learns as a layer.
   *
   * @param rows rows to start with; 0 for a table that grows
   * @param k inner dimension, at least {@code dim}
   * @param dim length of a vector, at least 1
   * @param optimizer rule of {@code W1}, row by row
   * @param init initial values of {@code W1}, those of a plain table
   * @param layer rule of {@code W2}, all of whose entries change with each batch
   * @param std standard deviation of the initial values of rows {@code dim} to {@code k} of {@code
   *     W2}, greater than 0
   */
  public static MletTable withLayer(
      int rows,
      int k,
      int dim,
      TableOptimizer optimizer,
      RowInit init,
      TableOptimizer layer,
      double std) {
    RowInit identity = new RowInit(RowInit.Shape.IDENTITY, std, ~init.seed());
    return new MletTable(rows, k, dim, new Factor(optimizer, init), new Factor(layer, identity));
  }

  private static int checked(int k, int dim) {
    if (k < dim) {
      throw new IllegalArgumentException(
          "k must be >= dim (" + dim + "), else the table's rank is at most k, but was " + k);
    }
    return k;
  }
}
