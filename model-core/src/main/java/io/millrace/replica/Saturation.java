package io.millrace.replica;

/**
 * How much of an error several replicas correct that have not seen each other's corrections.
 *
 * <p>Each replica corrects the share {@code 1 - q_r} of the error {@code e} that all begin with.
 * One after the other they would leave {@code q_1 q_2 ... e}; their sum takes away {@code sum_r (1
 * - q_r) e}, which is up to P times {@code e}. So the sum is multiplied by
 *
 * <pre>
 *  f = (1 - prod_r q_r) / sum_r (1 - q_r)        1/P &lt;= f &lt;= 1
 * </pre>
 *
 * <p>which is near 1 where all have learned little, and near {@code 1 / P}, a mean, where each has
 * corrected the whole error. The shares follow from the squares of the gradients: for log loss, the
 * mean square of an event's gradient is the mean curvature. Steps of rate {@code l} over a sum
 * {@code s} of squares thus leave {@code q = exp(-c l s)} of an error. {@code c} is the number of
 * parameters that correct an event's error at the same time.
 */
final class Saturation {

  private double exponents;
  private double corrected;

  /** Begins with the changes of another row. */
  void clear() {
    exponents = 0;
    corrected = 0;
  }

  /**
   * Adds a replica.
   *
   * @param exponent {@code c l s}, at least 0
   */
  void add(double exponent) {
    exponents += exponent;
    corrected -= StrictMath.expm1(-exponent);
  }

  /** By what the sum of the changes is to be multiplied. */
  double factor() {
    return corrected > 0 ? -StrictMath.expm1(-exponents) / corrected : 1;
  }
}
