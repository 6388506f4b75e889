package io.millrace.table;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the pruned tables of one model have in common: the part of {@code s} that steers how many
 * weights are left, and the thresholds that they share.
 *
 * <pre>
 * s = c + delta        threshold g(s) = 1 / (1 + e^-s)
 * </pre>
 *
 * <p>{@code delta}, one number for each group of weights, starts at 0 and follows the gradient of
 * the loss. The common part {@code c} starts at {@link PepOptions#start} and moves after each step
 * by {@code drift * clamp(ln(left / keep), -1, 1)}, with {@code left} the share of weights that are
 * not pruned, counted every 32 steps on 4,096 rows a table.
 *
 * <p>Where we differ: in the paper's code nothing but Adam's coupled weight decay raises {@code s}
 * at first, by the learning rate a step for every threshold alike, and training is stopped once few
 * enough weights are left. {@code c} is that drift, made explicit and with a target, so that it
 * also ends, and goes back when rows are added; it costs nothing for rows that a batch does not
 * use.
 *
 * <p>The tables join when they are made; a step ends when each has been through its backward once.
 */
public final class PepThresholds {

  private static final int COUNT_EVERY = 32;
  private static final int COUNTED_ROWS = 4096;

  private final PepOptions options;
  private final int dim;
  private final TableOptimizer optimizer;
  private final List<PepTable> members = new ArrayList<>();
  private final RowStore shared;
  private final RowBags sharedRow = new RowBags();
  private final float[] gradient;
  private double common;
  private double left = 1;
  private long steps;
  private int backwards;

  /** Thresholds for tables of vectors of length {@code dim}. */
  public PepThresholds(PepOptions options, int dim) {
    this(options, dim, new TableOptimizer(TableOptimizer.Rule.ADAM, options.learningRate()));
  }

  /** With a rule of its own for the parts of thresholds. */
  PepThresholds(PepOptions options, int dim, TableOptimizer optimizer) {
    this.options = options;
    this.dim = dim;
    this.optimizer = optimizer;
    this.common = options.start();
    int width = options.granularity().width(dim);
    this.gradient = new float[width];
    this.shared = options.granularity().shared() ? store(width) : null;
    if (shared != null) {
      shared.grow(1, 0);
      sharedRow.add(0);
      sharedRow.endExample();
    }
  }

  /** Parts of thresholds, which start at 0. */
  private RowStore store(int width) {
    return new RowStore(width, optimizer, new RowInit(RowInit.Shape.UNIFORM, 0, 0));
  }

  PepOptions options() {
    return options;
  }

  /**
   * Takes in a table.
   *
   * @return the store of its own parts; the common one if the tables share theirs
   */
  RowStore join(PepTable table) {
    if (table.dim() != dim) {
      throw new IllegalArgumentException("dim must be " + dim + " but was " + table.dim());
    }
    members.add(table);
    return shared != null ? shared : store(gradient.length);
  }

  /** {@code g(s)} for a threshold's own part. */
  float threshold(float delta) {
    return sigmoid(common + delta);
  }

  /** {@code 1 / (1 + e^-s)}. */
  static float sigmoid(double s) {
    return (float) (1 / (1 + StrictMath.exp(-s)));
  }

  /**
   * Adds gradients by shared thresholds, to be applied at the end of the step.
   *
   * @param grads {@code float[n * width]}
   */
  void addGradients(float[] grads, int n) {
    for (int i = 0; i < n * gradient.length; i++) {
      gradient[i % gradient.length] += grads[i];
    }
  }

  /** A table has been through its backward; after the last one the thresholds move. */
  void tableDone() {
    if (++backwards < members.size()) {
      return;
    }
    backwards = 0;
    if (shared != null) {
      shared.update(sharedRow, gradient, gradient.length, 0);
      Arrays.fill(gradient, 0f);
    }
    if (steps++ % COUNT_EVERY == 0) {
      left = countLeft();
    }
    common += options.drift() * Math.max(-1, Math.min(1, StrictMath.log(left / options.keep())));
  }

  private double countLeft() {
    double kept = 0;
    long rows = 0;
    for (PepTable table : members) {
      kept += table.left(COUNTED_ROWS) * table.rows();
      rows += table.rows();
    }
    return rows == 0 ? 1 : kept / rows;
  }

  /** True for the table that carries the common state through checkpoints. */
  boolean carriedBy(PepTable table) {
    return members.get(0) == table;
  }

  void write(DataOutput out) throws IOException {
    out.writeDouble(common);
    out.writeDouble(left);
    out.writeLong(steps);
    if (shared != null) {
      shared.write(out);
    }
  }

  void read(DataInput in) throws IOException {
    common = in.readDouble();
    left = in.readDouble();
    steps = in.readLong();
    if (shared != null) {
      shared.read(in);
    }
  }
}
