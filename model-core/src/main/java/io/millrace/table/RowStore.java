package io.millrace.table;

import io.millrace.math.FloatBlocks;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Rows of floats with their optimiser state: the storage that every kind of table shares.
 *
 * <p>Weights are {@code float[rows * width]}, row-major; row-wise Adagrad adds one accumulator a
 * row. Batches are summed and updated here, as the rule is the same for every table:
 *
 * <pre>
 * SGD:              w_r -= lr g_r
 * row-wise Adagrad: a_r += mean_j(g_rj^2);  w_r -= lr g_r / (sqrt(a_r) + 1e-10)
 * </pre>
 *
 * with {@code g_r} the gradient summed over the batch (DLRM's RWSAdagrad; Duchi et al. 2011 for
 * Adagrad itself).
 */
final class RowStore {

  private static final float EPSILON = 1e-10f;

  private final int width;
  private final TableOptimizer optimizer;
  private final RowInit init;
  private final UniqueRows unique = new UniqueRows();
  private float[] weights;
  private float[] accumulators;
  private float[] sums = new float[0];
  private int rows;

  RowStore(int width, TableOptimizer optimizer, RowInit init) {
    this.width = width;
    this.optimizer = optimizer;
    this.init = init;
    this.weights = new float[0];
    this.accumulators = new float[0];
  }

  int rows() {
    return rows;
  }

  int width() {
    return width;
  }

  float[] weights() {
    return weights;
  }

  private boolean adaptive() {
    return optimizer.rule() == TableOptimizer.Rule.ROWWISE_ADAGRAD;
  }

  /** Appends rows until there are {@code wanted}; the first new one starts as {@code key} says. */
  void grow(int wanted, long key) {
    ensure(wanted);
    for (int r = rows; r < wanted; r++) {
      init.fill(weights, r * width, width, key + (r - rows));
      if (adaptive()) {
        accumulators[r] = 0;
      }
    }
    rows = Math.max(rows, wanted);
  }

  private void ensure(int wanted) {
    if ((long) wanted * width > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "a table of " + wanted + " rows x " + width + " floats is over 2^31 floats");
    }
    if (weights.length < wanted * width) {
      long roomy = Math.max(wanted, rows + (rows >> 1));
      int capacity = (int) Math.min(roomy, (Integer.MAX_VALUE - 8) / width);
      weights = Arrays.copyOf(weights, capacity * width);
      if (adaptive()) {
        accumulators = Arrays.copyOf(accumulators, capacity);
      }
    }
  }

  void sum(RowBags bags, float[] out, int stride, int offset) {
    for (int b = 0; b < bags.examples(); b++) {
      int to = b * stride + offset;
      int i = bags.start(b);
      int end = bags.end(b);
      if (i == end) {
        Arrays.fill(out, to, to + width, 0f);
        continue;
      }
      System.arraycopy(weights, bags.row(i) * width, out, to, width);
      for (i++; i < end; i++) {
        int from = bags.row(i) * width;
        for (int j = 0; j < width; j++) {
          out[to + j] += weights[from + j];
        }
      }
    }
  }

  void update(RowBags bags, float[] grad, int stride, int offset) {
    unique.build(bags);
    int n = unique.count();
    if (sums.length < n * width) {
      sums = new float[Math.max(n * width, 2 * sums.length)];
    }
    Arrays.fill(sums, 0, n * width, 0f);
    for (int b = 0; b < bags.examples(); b++) {
      int from = b * stride + offset;
      for (int i = bags.start(b); i < bags.end(b); i++) {
        int to = unique.number(i) * width;
        for (int j = 0; j < width; j++) {
          sums[to + j] += grad[from + j];
        }
      }
    }
    for (int u = 0; u < n; u++) {
      apply(unique.row(u), sums, u * width);
    }
  }

  private void apply(int row, float[] g, int at) {
    float rate = (float) optimizer.learningRate();
    if (adaptive()) {
      float squares = 0;
      for (int j = 0; j < width; j++) {
        squares += g[at + j] * g[at + j];
      }
      accumulators[row] += squares / width;
      rate /= (float) Math.sqrt(accumulators[row]) + EPSILON;
    }
    int to = row * width;
    for (int j = 0; j < width; j++) {
      weights[to + j] -= rate * g[at + j];
    }
  }

  void keep(int[] kept, int count) {
    float[] w = new float[Math.max(count, 16) * width];
    float[] a = new float[adaptive() ? Math.max(count, 16) : 0];
    for (int i = 0; i < count; i++) {
      System.arraycopy(weights, kept[i] * width, w, i * width, width);
      if (adaptive()) {
        a[i] = accumulators[kept[i]];
      }
    }
    weights = w;
    accumulators = a;
    rows = count;
  }

  void remap(RowRemap plan) {
    weights = plan.apply(weights, width);
    if (adaptive()) {
      accumulators = plan.apply(accumulators, 1);
    }
    rows = plan.newRows();
  }

  long bytes() {
    return (long) rows * (width + (adaptive() ? 1 : 0)) * Float.BYTES;
  }

  void write(DataOutput out) throws IOException {
    out.writeInt(rows);
    FloatBlocks.write(out, weights, rows * width);
    FloatBlocks.write(out, accumulators, adaptive() ? rows : 0);
  }

  void read(DataInput in) throws IOException {
    int n = in.readInt();
    rows = 0;
    weights = new float[0];
    accumulators = new float[0];
    ensure(n);
    rows = n;
    FloatBlocks.read(in, weights, n * width);
    FloatBlocks.read(in, accumulators, adaptive() ? n : 0);
  }
}
