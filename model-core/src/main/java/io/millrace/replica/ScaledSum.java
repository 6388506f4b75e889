package io.millrace.replica;

import io.millrace.table.TableOptimizer;
import java.util.Arrays;
import java.util.List;

/**
 * Adds the changes of several replicas to one row. With {@code W} a weight, {@code a} the
 * accumulator that its step is divided by the root of, {@code a0} what accumulators start at, and
 * {@code dW_r}, {@code da_r} the changes of replica {@code r}:
 *
 * <pre>
 * SGD       W += sum_r dW_r
 * Adagrad   W += f sum_r dW_r sqrt((a0 + a + da_r) / (a0 + a + sum_q da_q))      a += sum_r da_r
 * </pre>
 *
 * <p>Row-wise Adagrad has one accumulator for the weights of a row. The root is what a step would
 * have been shorter by, had the replica known the gradients of the others at its end. {@code f} is
 * that of {@link Saturation}: gradients are sums over a step, divided by the {@code B} events of a
 * full one, so a row of {@code d} weights has a curvature of {@code B d} times the mean of their
 * squares, and its rate {@code l} falls with the accumulator, which gives an exponent of
 *
 * <pre>
 * c B d l 2 (sqrt(a0 + a + da_r) - sqrt(a0 + a))
 * </pre>
 *
 * <p>with {@code c} the vectors of an event. The squares of SGD's gradients are not known, so its
 * changes are added up whole. Changes are added in the order of replicas; the change of one replica
 * alone is added as it is, to the bit.
 *
 * <p>Adam is refused by {@link io.millrace.spec.ReplicaRules}: its steps do not get shorter the
 * more gradients there are, so that P replicas would step P times too far.
 */
final class ScaledSum implements RowMerge {

  private final TableOptimizer optimizer;
  private final int width;
  private final int vectors;
  private final Saturation saturation = new Saturation();
  private int batch = 1;
  private float[] scales = {};

  /**
   * The merge of rows of a table.
   *
   * @param width floats of a row's weights; its accumulators follow
   * @param vectors of an event, all of which correct its error
   */
  ScaledSum(TableOptimizer optimizer, int width, int vectors) {
    this.optimizer = optimizer;
    this.width = width;
    this.vectors = vectors;
  }

  @Override
  public void batch(int events) {
    batch = events;
  }

  @Override
  public void add(int number, float[] row, int at, List<float[]> deltas, int[] from) {
    if (RowMerge.count(from) == 1) {
      RowMerge.addOne(row, at, width + states(), deltas, from);
      return;
    }
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
    Arrays.fill(scales, 1);
    if (states() == 0) {
      return;
    }
    double before = optimizer.initialAccumulator() + row[at + state];
    double all = before + sum(deltas, from, state, false);
    double exponents = 2.0 * vectors * batch * width * optimizer.learningRate();
    saturation.clear();
    for (int r = 0; r < from.length; r++) {
      if (from[r] >= 0) {
        double own = before + deltas.get(r)[from[r] + state];
        saturation.add(exponents * (Math.sqrt(own) - Math.sqrt(before)));
        scales[r] = all > 0 ? (float) Math.sqrt(own / all) : 1;
      }
    }
    float factor = (float) saturation.factor();
    for (int r = 0; r < from.length; r++) {
      scales[r] *= factor;
    }
  }

  private float sum(List<float[]> deltas, int[] from, int j, boolean scaled) {
    float sum = 0;
    for (int r = 0; r < from.length; r++) {
      if (from[r] >= 0) {
        sum += deltas.get(r)[from[r] + j] * (scaled ? scales[r] : 1);
      }
    }
    return sum;
  }
}
