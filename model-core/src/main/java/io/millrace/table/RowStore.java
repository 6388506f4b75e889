package io.millrace.table;

import io.millrace.math.FloatBlocks;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Rows of floats with their optimiser state: the storage that every kind of table shares.
 *
 * <p>Weights are {@code float[rows * width]}, row-major, and so is the state, which starts at 0.
 * Batches are summed and updated here, as the rule is the same for every table:
 *
 * <pre>
 * rule              state a row      step of row r
 * SGD               -                w_r -= lr g_r
 * row-wise Adagrad  a                a += mean_j(g_rj^2);  w_r -= lr g_r / (sqrt(a) + 1e-10)
 * Adagrad           a_1 .. a_width   a_j += g_rj^2;  w_rj -= lr g_rj / (sqrt(a_j) + 1e-10)
 * Adam              m_j, then v_j    m_j = .9 m_j + .1 g_rj;  v_j = .999 v_j + .001 g_rj^2
 *                                    w_rj -= lr m_j / (1 - .9^t) / (sqrt(v_j / (1 - .999^t)) + 1e-8)
 * </pre>
 *
 * with {@code g_r} the gradient summed over the batch and {@code t} the number of the batch (DLRM's
 * RWSAdagrad; Duchi et al. 2011; Kingma and Ba 2015). Rows that a batch does not use stay as they
 * are, their moments included, as in PyTorch's SparseAdam.
 */
final class RowStore {

  private static final float ADAGRAD_EPSILON = 1e-10f;
  private static final float ADAM_EPSILON = 1e-8f;
  private static final double BETA1 = .9;
  private static final double BETA2 = .999;

  private final int width;
  private final TableOptimizer optimizer;
  private final RowInit init;
  private final int stateWidth;
  private final UniqueRows unique = new UniqueRows();
  private float[] weights = new float[0];
  private float[] state = new float[0];
  private float[] sums = new float[0];
  private int rows;
  private long steps;
  private float adamRate;
  private float adamRoot;

  RowStore(int width, TableOptimizer optimizer, RowInit init) {
    this.width = width;
    this.optimizer = optimizer;
    this.init = init;
    this.stateWidth = optimizer.rule().stateFloats(width);
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

  /** Appends rows until there are {@code wanted}; the first new one starts as {@code key} says. */
  void grow(int wanted, long key) {
    ensure(wanted);
    for (int r = rows; r < wanted; r++) {
      init.fill(weights, r * width, width, key + (r - rows));
      Arrays.fill(state, r * stateWidth, (r + 1) * stateWidth, 0f);
    }
    rows = Math.max(rows, wanted);
  }

  private void ensure(int wanted) {
    int widest = Math.max(width, stateWidth);
    if ((long) wanted * widest > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "a table of " + wanted + " rows x " + widest + " floats is over 2^31 floats");
    }
    if (weights.length < wanted * width) {
      long roomy = Math.max(wanted, rows + (rows >> 1));
      int capacity = (int) Math.min(roomy, (Integer.MAX_VALUE - 8) / widest);
      weights = Arrays.copyOf(weights, capacity * width);
      state = Arrays.copyOf(state, capacity * stateWidth);
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
    steps++;
    correctBias();
    for (int u = 0; u < n; u++) {
      apply(unique.row(u), sums, u * width);
    }
  }

  /** Adam's bias is the same for every row of a batch. */
  private void correctBias() {
    if (optimizer.rule() == TableOptimizer.Rule.ADAM) {
      double t = steps;
      adamRate = (float) (optimizer.learningRate() / (1 - StrictMath.pow(BETA1, t)));
      adamRoot = (float) Math.sqrt(1 - StrictMath.pow(BETA2, t));
    }
  }

  private void apply(int row, float[] g, int at) {
    float rate = (float) optimizer.learningRate();
    switch (optimizer.rule()) {
      case SGD -> descend(row, g, at, rate);
      case ROWWISE_ADAGRAD -> descend(row, g, at, rate / rootOfSquares(row, g, at));
      case ADAGRAD -> adagrad(row, g, at, rate);
      case ADAM -> adam(row, g, at);
    }
  }

  private void descend(int row, float[] g, int at, float rate) {
    int to = row * width;
    for (int j = 0; j < width; j++) {
      weights[to + j] -= rate * g[at + j];
    }
  }

  private float rootOfSquares(int row, float[] g, int at) {
    float squares = 0;
    for (int j = 0; j < width; j++) {
      squares += g[at + j] * g[at + j];
    }
    state[row] += squares / width;
    return (float) Math.sqrt(state[row]) + ADAGRAD_EPSILON;
  }

  private void adagrad(int row, float[] g, int at, float rate) {
    int to = row * width;
    for (int j = 0; j < width; j++) {
      state[to + j] += g[at + j] * g[at + j];
      weights[to + j] -= rate * g[at + j] / ((float) Math.sqrt(state[to + j]) + ADAGRAD_EPSILON);
    }
  }

  private void adam(int row, float[] g, int at) {
    int to = row * width;
    int m = row * stateWidth;
    int v = m + width;
    for (int j = 0; j < width; j++) {
      float gj = g[at + j];
      state[m + j] = (float) BETA1 * state[m + j] + (float) (1 - BETA1) * gj;
      state[v + j] = (float) BETA2 * state[v + j] + (float) (1 - BETA2) * gj * gj;
      float deviation = (float) Math.sqrt(state[v + j]) / adamRoot;
      weights[to + j] -= adamRate * state[m + j] / (deviation + ADAM_EPSILON);
    }
  }

  void keep(int[] kept, int count) {
    weights = keep(weights, width, kept, count);
    state = keep(state, stateWidth, kept, count);
    rows = count;
  }

  private static float[] keep(float[] old, int width, int[] kept, int count) {
    float[] moved = new float[Math.max(count, 16) * width];
    for (int i = 0; i < count; i++) {
      System.arraycopy(old, kept[i] * width, moved, i * width, width);
    }
    return moved;
  }

  void remap(RowRemap plan) {
    weights = plan.apply(weights, width);
    state = plan.apply(state, stateWidth);
    rows = plan.newRows();
  }

  long bytes() {
    return (long) rows * (width + stateWidth) * Float.BYTES;
  }

  void write(DataOutput out) throws IOException {
    out.writeInt(rows);
    out.writeLong(steps);
    FloatBlocks.write(out, weights, rows * width);
    FloatBlocks.write(out, state, rows * stateWidth);
  }

  void read(DataInput in) throws IOException {
    int n = in.readInt();
    steps = in.readLong();
    rows = 0;
    weights = new float[0];
    state = new float[0];
    ensure(n);
    rows = n;
    FloatBlocks.read(in, weights, n * width);
    FloatBlocks.read(in, state, n * stateWidth);
  }
}
