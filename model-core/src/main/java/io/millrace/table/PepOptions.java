package io.millrace.table;

import io.millrace.records.Copyable;

/**
 * Options of the thresholds that prune weights, see {@link PepTable}.
 *
 * @param granularity which weights share a threshold
 * @param keep share of the weights to keep, in (0, 1]; the thresholds' common term moves until it
 *     is reached
 * @param start {@code s} at the start, in [-15, 15], where single precision still resolves the
 *     sigmoid: {@code start = -150} of the paper's code gives a threshold and a slope of exactly 0,
 *     so that data cannot move it
 * @param learningRate step size of the thresholds' individual terms (Adam), greater than 0
 * @param drift largest change of the common term per step, greater than 0; .001 in the paper's
 *     code, where Adam's coupled weight decay moves each threshold by its learning rate
 * @param leak share of its gradient that a pruned weight gets, in [0, 1]; with 0 it stays pruned
 */
public record PepOptions(
    Granularity granularity,
    double keep,
    double start,
    double learningRate,
    double drift,
    double leak)
    implements Copyable<PepOptions> {

  /** Which weights share a threshold; {@code s} has the shape given. */
  public enum Granularity {
    /** All weights of all tables: {@code [1]}. */
    GLOBAL,
    /** The weights of a dimension, over all tables: {@code [dim]}. */
    DIMENSION,
    /** The weights of a row: {@code [rows, 1]}. */
    FEATURE,
    /** None, each weight has its own: {@code [rows, dim]}. */
    FEATURE_DIMENSION;

    /** True if the tables of a model share their thresholds. */
    boolean shared() {
      return this == GLOBAL || this == DIMENSION;
    }

    /** Number of thresholds of a row with {@code dim} weights. */
    int width(int dim) {
      return this == GLOBAL || this == FEATURE ? 1 : dim;
    }
  }

  public PepOptions {
    if (!(keep > 0 && keep <= 1)) {
      throw new IllegalArgumentException("keep must be in (0, 1] but was " + keep);
    }
    if (!(start >= -15 && start <= 15)) {
      throw new IllegalArgumentException(
          "start must be in [-15, 15], as the sigmoid is flat beyond in single precision, but was "
              + start);
    }
    if (!(learningRate > 0)) {
      throw new IllegalArgumentException("lr must be > 0 but was " + learningRate);
    }
    if (!(drift > 0)) {
      throw new IllegalArgumentException("drift must be > 0 but was " + drift);
    }
    if (!(leak >= 0 && leak <= 1)) {
      throw new IllegalArgumentException("leak must be in [0, 1] but was " + leak);
    }
  }
}
