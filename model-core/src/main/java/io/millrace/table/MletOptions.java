package io.millrace.table;

import io.millrace.records.Copyable;

/**
 * How a table is factorised while it trains, see {@link MletTable}.
 *
 * @param k inner dimension of the factors, at least the length of a vector; 0 for that length
 * @param std standard deviation of the random initial values, greater than 0
 * @param shared how the factor that all rows share is learned
 */
public record MletOptions(int k, double std, Shared shared) implements Copyable<MletOptions> {

  /** How {@code W2}, the factor that all rows share, starts and learns. */
  public enum Shared {
    /** As a layer of the MLPs: it starts as the identity and takes their update rule and rate. */
    DENSE,
    /** As rows of a table, as in the paper: it starts at random and takes the rows' rule. */
    TABLE
  }

  public MletOptions {
    if (k < 0) {
      throw new IllegalArgumentException("mlet_k must be >= 0 but was " + k);
    }
    if (!(std > 0)) {
      throw new IllegalArgumentException("mlet_std must be > 0 but was " + std);
    }
  }

  /** The inner dimension of a table of vectors of {@code dim} floats. */
  public int k(int dim) {
    return k == 0 ? dim : k;
  }
}
