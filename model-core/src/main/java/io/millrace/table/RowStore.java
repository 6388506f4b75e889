package io.millrace.table;

import io.millrace.math.FloatBlocks;
import io.millrace.math.Powers;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Rows of floats with their optimiser state: the storage of every kind of table.
 *
 * <p>Weights are {@code float[rows * width]}, row-major, and so is the state, which starts at 0.
 * Gradients are summed over a batch and applied here, with the same rules for every table:
 *
 * <pre>
 * rule              state a row      step of row r
 * SGD               -                w_r -= lr g_r
 * row-wise Adagrad  a                a += mean_j(g_rj^2);  w_r -= lr g_r / (sqrt(a0 + a) + 1e-10)
 * Adagrad           a_1 .. a_width   a_j += g_rj^2;  w_rj -= lr g_rj / (sqrt(a0 + a_j) + 1e-10)
 * Adam              m_j, then v_j    m_j = .9 m_j + .1 g_rj;  v_j = .999 v_j + .001 g_rj^2
 *                                    w_rj -= lr m_j / (1 - .9^t) / (sqrt(v_j / (1 - .999^t)) + 1e-8)
 * </pre>
 *
 * with {@code g_r} the gradient summed over the batch, {@code a0} the {@link
 * TableOptimizer#initialAccumulator} and {@code t} the number of the batch (DLRM's RWSAdagrad;
 * Duchi et al. 2011; Kingma and Ba 2015). Rows that a batch does not use do not change, nor do
 * their moments, as in PyTorch's SparseAdam.
 */
final class RowStore {

  private static final float ADAGRAD_EPSILON = 1e-10f;
  private static final float ADAM_EPSILON = 1e-8f;
  private static final double BETA1 = .9;
  private static final double BETA2 = .999;
  private static final int BLOCK_FLOATS = 1024;
  private static final int CACHE_LINE_FLOATS = 16;

  private final int width;
  private final TableOptimizer optimizer;
  private final RowInit init;
  private final int stateWidth;
  private final UniqueRows unique = new UniqueRows();
  private float[] weights = new float[0];
  private float[] state = new float[0];
  private final RowGuard weightGuard = new RowGuard();
  private final RowGuard stateGuard = new RowGuard();

  /** Gradients by number of the distinct row. */
  private float[] sums = new float[0];

  /** Number of rows that are updated side by side; below, their gradients, weights and state. */
  private final int block;

  private final float[] g;
  private final float[] w;
  private final float[] s;
  private final float[] t;

  /** Rows that have changed; null while nobody asks. */
  private TouchedRows touched;

  private int rows;
  private long steps;
  private float adamRate;
  private float adamRoot;
  private float unusedReads;

  RowStore(int width, TableOptimizer optimizer, RowInit init) {
    this.width = width;
    this.optimizer = optimizer;
    this.init = init;
    this.stateWidth = optimizer.rule().stateFloats(width);
    this.block = Math.max(1, BLOCK_FLOATS / width);
    this.g = new float[block * width];
    this.w = new float[block * width];
    this.s = new float[optimizer.rule() == TableOptimizer.Rule.SGD ? 0 : block * width];
    this.t = new float[optimizer.rule() == TableOptimizer.Rule.ADAM ? block * width : 0];
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

  int stateWidth() {
    return stateWidth;
  }

  TableOptimizer optimizer() {
    return optimizer;
  }

  long steps() {
    return steps;
  }

  void setSteps(long batches) {
    steps = batches;
  }

  /** Copies a row's weights, then its state. */
  void read(int row, float[] out, int at) {
    System.arraycopy(weights, row * width, out, at, width);
    System.arraycopy(state, row * stateWidth, out, at + width, stateWidth);
  }

  /** Replaces a row's weights and state: its row has changed. */
  void write(int row, float[] in, int at) {
    weightGuard.beforeChange(row);
    stateGuard.beforeChange(row);
    if (touched != null) {
      touched.add(row);
    }
    System.arraycopy(in, at, weights, row * width, width);
    System.arraycopy(in, at + width, state, row * stateWidth, stateWidth);
  }

  /** Records from now on which rows change; the same object each time. */
  TouchedRows track() {
    if (touched == null) {
      touched = new TouchedRows();
    }
    return touched;
  }

  /**
   * Appends rows up to a total of {@code wanted}; {@code key} gives the initial value of the first
   * new row.
   */
  void grow(int wanted, long key) {
    ensure(wanted);
    for (int r = rows; r < wanted; r++) {
      init.fill(weights, r * width, width, key + (r - rows));
      Arrays.fill(state, r * stateWidth, (r + 1) * stateWidth, 0f);
    }
    if (touched != null) {
      touched.addNew(rows, wanted);
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
      replaced();
    }
  }

  /** Called after arrays were replaced: frozen states keep the old ones. */
  private void replaced() {
    weightGuard.replaced();
    stateGuard.replaced();
  }

  void sum(RowBags bags, float[] out, int stride, int offset) {
    for (int i = 0; i < bags.size(); i++) {
      fetch(bags.row(i));
    }
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
        add(weights, bags.row(i) * width, out, to);
      }
    }
  }

  /**
   * Prefetches a row: reads a float of each of its cache lines. Reads of many rows wait for memory
   * in parallel; the values go into a field, so that the compiler keeps the reads.
   */
  private void fetch(int row) {
    int from = row * width;
    float read = weights[from + width - 1];
    for (int j = 0; j < width; j += CACHE_LINE_FLOATS) {
      read += weights[from + j];
    }
    if (stateWidth > 0) {
      read += state[row * stateWidth];
    }
    unusedReads = read;
  }

  private void add(float[] from, int at, float[] to, int start) {
    for (int j = 0; j < width; j++) {
      to[start + j] += from[at + j];
    }
  }

  /** One step of the rule with the gradients of a batch. */
  void update(RowBags bags, float[] grad, int stride, int offset) {
    update(bags, grad, stride, offset, null);
  }

  /**
   * One step of the rule with the masked gradients of a batch.
   *
   * @param mask 1 for each weight that has a gradient, 0 for the others, {@code byte[rows * width]}
   *     or longer; null if all have one
   */
  void update(RowBags bags, float[] grad, int stride, int offset, byte[] mask) {
    sumByRow(bags, grad, stride, offset);
    if (mask != null) {
      hide(mask);
    }
    for (int u = 0; u < unique.count(); u++) {
      fetch(unique.row(u));
    }
    preserve();
    if (touched != null) {
      touched.add(unique);
    }
    steps++;
    correctBias();
    for (int first = 0; first < unique.count(); first += block) {
      updateBlock(first, Math.min(block, unique.count() - first));
    }
  }

  /** Preserves, for frozen states, the rows that are about to change. */
  private void preserve() {
    if (!weightGuard.idle()) {
      weightGuard.beforeChange(unique);
    }
    if (!stateGuard.idle()) {
      stateGuard.beforeChange(unique);
    }
  }

  private void sumByRow(RowBags bags, float[] grad, int stride, int offset) {
    unique.build(bags);
    int floats = unique.count() * width;
    if (sums.length < floats) {
      sums = new float[Math.max(floats, 2 * sums.length)];
    }
    int met = 0;
    for (int b = 0; b < bags.examples(); b++) {
      int from = b * stride + offset;
      for (int i = bags.start(b); i < bags.end(b); i++) {
        int number = unique.number(i);
        if (number == met) {
          System.arraycopy(grad, from, sums, number * width, width);
          met++;
        } else {
          add(grad, from, sums, number * width);
        }
      }
    }
  }

  private void hide(byte[] mask) {
    for (int u = 0; u < unique.count(); u++) {
      int from = unique.row(u) * width;
      for (int j = 0; j < width; j++) {
        sums[u * width + j] *= mask[from + j];
      }
    }
  }

  /** Computes Adam's bias correction, which is equal for all rows of a batch. */
  private void correctBias() {
    if (optimizer.rule() == TableOptimizer.Rule.ADAM) {
      adamRate = (float) (optimizer.learningRate() / (1 - Powers.power(BETA1, steps)));
      adamRoot = (float) Math.sqrt(1 - Powers.power(BETA2, steps));
    }
  }

  /**
   * Updates the rows with numbers {@code [first, first + n)} side by side, so that the rules' loops
   * are long.
   */
  private void updateBlock(int first, int n) {
    System.arraycopy(sums, first * width, g, 0, n * width);
    gather(weights, width, 0, first, n, w);
    switch (optimizer.rule()) {
      case SGD -> descend(n * width);
      case ROWWISE_ADAGRAD -> rowwiseAdagrad(first, n);
      case ADAGRAD -> {
        gather(state, width, 0, first, n, s);
        adagrad(n * width);
        scatter(s, first, n, state, width, 0);
      }
      case ADAM -> {
        gather(state, stateWidth, 0, first, n, s);
        gather(state, stateWidth, width, first, n, t);
        adam(n * width);
        scatter(s, first, n, state, stateWidth, 0);
        scatter(t, first, n, state, stateWidth, width);
      }
    }
    scatter(w, first, n, weights, width, 0);
  }

  private void gather(float[] from, int stride, int offset, int first, int n, float[] to) {
    for (int u = 0; u < n; u++) {
      System.arraycopy(from, unique.row(first + u) * stride + offset, to, u * width, width);
    }
  }

  private void scatter(float[] from, int first, int n, float[] to, int stride, int offset) {
    for (int u = 0; u < n; u++) {
      System.arraycopy(from, u * width, to, unique.row(first + u) * stride + offset, width);
    }
  }

  private void descend(int floats) {
    float rate = (float) optimizer.learningRate();
    for (int i = 0; i < floats; i++) {
      w[i] -= rate * g[i];
    }
  }

  private void rowwiseAdagrad(int first, int n) {
    float rate = (float) optimizer.learningRate();
    float initial = (float) optimizer.initialAccumulator();
    for (int u = 0; u < n; u++) {
      int row = unique.row(first + u);
      state[row] += squares(u * width) / width;
      float root = (float) Math.sqrt(initial + state[row]) + ADAGRAD_EPSILON;
      Arrays.fill(s, u * width, (u + 1) * width, rate / root);
    }
    for (int i = 0; i < n * width; i++) {
      w[i] -= s[i] * g[i];
    }
  }

  /**
   * Sum of the squares of a row's gradient; four partial sums, which the processor adds in
   * parallel.
   */
  private float squares(int at) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    int j = at;
    for (; j + 4 <= at + width; j += 4) {
      a += g[j] * g[j];
      b += g[j + 1] * g[j + 1];
      c += g[j + 2] * g[j + 2];
      d += g[j + 3] * g[j + 3];
    }
    for (; j < at + width; j++) {
      a += g[j] * g[j];
    }
    return (a + b) + (c + d);
  }

  private void adagrad(int floats) {
    float rate = (float) optimizer.learningRate();
    float initial = (float) optimizer.initialAccumulator();
    for (int i = 0; i < floats; i++) {
      s[i] += g[i] * g[i];
      w[i] -= rate * g[i] / ((float) Math.sqrt(initial + s[i]) + ADAGRAD_EPSILON);
    }
  }

  private void adam(int floats) {
    for (int i = 0; i < floats; i++) {
      s[i] = (float) BETA1 * s[i] + (float) (1 - BETA1) * g[i];
      t[i] = (float) BETA2 * t[i] + (float) (1 - BETA2) * g[i] * g[i];
      float deviation = (float) Math.sqrt(t[i]) / adamRoot;
      w[i] -= adamRate * s[i] / (deviation + ADAM_EPSILON);
    }
  }

  void keep(int[] kept, int count) {
    weights = keep(weights, width, kept, count);
    state = keep(state, stateWidth, kept, count);
    rows = count;
    moved();
  }

  /** Called after rows have got other numbers. */
  private void moved() {
    replaced();
    if (touched != null) {
      touched.move();
    }
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
    state = plan.applyToState(state, stateWidth);
    rows = plan.newRows();
    moved();
  }

  long bytes() {
    return (long) rows * (width + stateWidth) * Float.BYTES;
  }

  void write(DataOutput out) throws IOException {
    out.writeInt(rows);
    out.writeLong(steps);
    weightGuard.write(out, weights, width, rows);
    if (stateWidth > 0) {
      stateGuard.write(out, state, stateWidth, rows);
    }
  }

  void read(DataInput in) throws IOException {
    int n = in.readInt();
    steps = in.readLong();
    rows = 0;
    weights = new float[0];
    state = new float[0];
    ensure(n);
    moved();
    rows = n;
    FloatBlocks.read(in, weights, n * width);
    FloatBlocks.read(in, state, n * stateWidth);
  }
}
