package io.millrace.table;

import io.millrace.records.Copyable;

/**
 * How thresholds prune weights, see {@link PepTable}.
 *
 * @param granularity which weights share a threshold
 * @param keep share of the weights to be left, in (0, 1]; the thresholds' common part moves until
 *     that many are
 * @param start {@code s} at the start, in [-15, 15], where single precision still resolves the
 *     sigmoid: {@code start = -150} of the paper's code gives a threshold and a slope of exactly 0,
 *     so that data cannot move it
 * @param learningRate step size of the thresholds' own parts (Adam), greater than 0
 * @param drift most that the common part moves in a step, greater than 0; the paper's code has .001
 *     there, as Adam's coupled weight decay moves each threshold by its learning rate
 * @param leak share of its gradient that a pruned weight gets, in [0, 1]; at 0 it never returns
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
    /** Those of a dimension, over all tables: {@code [dim]}. */
    DIMENSION,
    /** Those of a row: {@code [rows, 1]}. */
    FEATURE,
    /** Each weight has its own: {@code [rows, dim]}. */
    FEATURE_DIMENSION;

    /** True if the tables of a model share their thresholds. */
    boolean shared() {
      return this == GLOBAL || this == DIMENSION;
    }

    /** Thresholds of a row of {@code dim} weights. */
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
