package io.millrace.table;

import java.io.Serializable;

/**
 * Update rule of embedding rows.
 *
 * @param rule the rule
 * @param learningRate step size, greater than 0
 * @param initialAccumulator what Adagrad's sums of squares start at, at least 0, in squares of the
 *     gradient of a batch's mean loss; 0 as in PyTorch. The other rules do not use it
 */
public record TableOptimizer(Rule rule, double learningRate, double initialAccumulator)
    implements Serializable {

  /** The update rules. */
  public enum Rule {
    /** {@code w -= lr * g}. */
    SGD,
    /** Row-wise Adagrad: one accumulator per row, {@code acc += mean(g^2)}, as in DLRM. */
    ROWWISE_ADAGRAD,
    /** Adagrad: one accumulator per weight. */
    ADAGRAD,
    /** Adam with PyTorch's constants; moments change only with batches that use their row. */
    ADAM;

    /** Floats of optimiser state per row of {@code width} weights. */
    int stateFloats(int width) {
      return switch (this) {
        case SGD -> 0;
        case ROWWISE_ADAGRAD -> 1;
        case ADAGRAD -> width;
        case ADAM -> 2 * width;
      };
    }
  }

  public TableOptimizer {
    if (!(learningRate > 0)) {
      throw new IllegalArgumentException("lr must be > 0 but was " + learningRate);
    }
    if (!(initialAccumulator >= 0)) {
      throw new IllegalArgumentException(
          "initial_accumulator must be >= 0 but was " + initialAccumulator);
    }
  }

  /** The rule with sums of squares that start at 0. */
  public TableOptimizer(Rule rule, double learningRate) {
    this(rule, learningRate, 0);
  }
}
