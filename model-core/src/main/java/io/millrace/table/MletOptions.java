package io.millrace.table;

import io.millrace.records.Copyable;

/**
 * How a table is factorised while it trains, see {@link MletTable}.
 *
 * @param k inner dimension of the factors, at least the length of a vector
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
    if (!(std > 0)) {
      throw new IllegalArgumentException("mlet_std must be > 0 but was " + std);
    }
  }
}
