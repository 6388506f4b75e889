package io.millrace.replica;

import io.millrace.table.TableOptimizer;
import java.util.List;

/**
 * Adds the changes of several replicas to one row. With {@code W} a weight, {@code a} the
 * accumulator that its step is divided by the root of, {@code a0} what accumulators start at, and
 * {@code dW_r}, {@code da_r} the changes of replica {@code r}:
 *
 * <pre>
 * SGD       W += sum_r dW_r
 * Adagrad   W += sum_r dW_r sqrt((a0 + a + da_r) / (a0 + a + sum_q da_q))      a += sum_r da_r
 * </pre>
 *
 * <p>Row-wise Adagrad has one accumulator for the weights of a row. The root is what a step would
 * have been shorter by, had the replica known the gradients of the others at its end. Changes are
 * added in the order of replicas, in single precision; the change of one replica alone is added as
 * it is.
 *
 * <p>Adam is refused by {@link io.millrace.spec.ReplicaRules}: its steps do not get shorter the
 * more gradients there are, so that P replicas would step P times too far.
 */
final class ScaledSum implements RowMerge {

  private final TableOptimizer optimizer;
  private final int width;
  private float[] scales = {};

  /**
   * The merge of rows of a table.
   *
   * @param width floats of a row's weights; its accumulators follow
   */
  ScaledSum(TableOptimizer optimizer, int width) {
    this.optimizer = optimizer;
    this.width = width;
  }

  @Override
  public void add(int number, float[] row, int at, List<float[]> deltas, int[] from) {
    if (scales.length < from.length) {
      scales = new float[from.length];
    }
    for (int j = 0; j < width; j++) {
      if (j == 0 || optimizer.rule() == TableOptimizer.Rule.ADAGRAD) {
        scale(row, at, deltas, from, width + j);
      }
      row[at + j] += sum(deltas, from, j, true);
    }
    for (int s = width; s < width + states(); s++) {
      row[at + s] += sum(deltas, from, s, false);
    }
  }

  private int states() {
    return switch (optimizer.rule()) {
      case SGD -> 0;
      case ROWWISE_ADAGRAD -> 1;
      case ADAGRAD -> width;
      case ADAM -> throw new IllegalStateException("changes of Adam's rows cannot be merged");
    };
  }

  /** Computes the factor of each replica's change for the accumulator at {@code state}. */
  private void scale(float[] row, int at, List<float[]> deltas, int[] from, int state) {
    boolean sums = states() == 0;
    float before = sums ? 0 : (float) optimizer.initialAccumulator() + row[at + state];
    float all = sums ? 0 : before + sum(deltas, from, state, false);
    for (int r = 0; r < from.length; r++) {
      boolean whole = sums || from[r] < 0 || all <= 0;
      scales[r] =
          whole ? 1 : (float) Math.sqrt((before + deltas.get(r)[from[r] + state]) / (double) all);
    }
  }

  /** Without a 0 to begin with, so that one change is added to the bit, also if it is -0. */
  private float sum(List<float[]> deltas, int[] from, int j, boolean scaled) {
    float sum = 0;
    boolean first = true;
    for (int r = 0; r < from.length; r++) {
      if (from[r] >= 0) {
        float one = deltas.get(r)[from[r] + j] * (scaled ? scales[r] : 1);
        sum = first ? one : sum + one;
        first = false;
      }
    }
    return sum;
  }
}
