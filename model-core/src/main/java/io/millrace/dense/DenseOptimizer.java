package io.millrace.dense;

import io.millrace.records.Copyable;

/**
 * Update rule of the MLPs, with its hyper-parameters.
 *
 * @param rule the rule
 * @param learningRate step size, greater than 0
 * @param beta1 decay of the first moment (Adam, LAMB), in [0, 1)
 * @param beta2 decay of the second moment (Adam, LAMB), in [0, 1)
 * @param epsilon added to the denominator (Adagrad, Adam, LAMB), greater than 0
 * @param weightDecay decoupled in LAMB (its {@code r = m/(sqrt(v)+eps) + wd*w}), unused elsewhere
 */
public record DenseOptimizer(
    Rule rule, double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
    implements Copyable<DenseOptimizer> {

  /** The update rules. */
  public enum Rule {
    SGD,
    ADAGRAD,
    ADAM,
    LAMB
  }

  public DenseOptimizer {
    if (!(learningRate > 0)) {
      throw new IllegalArgumentException("lr must be > 0 but was " + learningRate);
    }
    if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1)) {
      throw new IllegalArgumentException(
          "betas must be in [0, 1) but were " + beta1 + " and " + beta2);
    }
    if (!(epsilon > 0)) {
      throw new IllegalArgumentException("epsilon must be > 0 but was " + epsilon);
    }
    if (!(weightDecay >= 0)) {
      throw new IllegalArgumentException("weight_decay must be >= 0 but was " + weightDecay);
    }
  }

  /** The rule with its usual constants (from PyTorch; for LAMB from You et al. 2020). */
  public static DenseOptimizer of(Rule rule, double learningRate) {
    double epsilon =
        switch (rule) {
          case ADAGRAD -> 1e-10;
          case LAMB -> 1e-6;
          default -> 1e-8;
        };
    return new DenseOptimizer(rule, learningRate, .9, .999, epsilon, 0);
  }
}
