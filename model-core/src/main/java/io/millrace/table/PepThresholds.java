package io.millrace.table;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The state that the pruned tables of one model share: the common term of {@code s}, which controls
 * how many weights are left, and shared thresholds.
 *
 * <pre>
 * s = c + delta        threshold g(s) = 1 / (1 + e^-s)
 * </pre>
 *
 * <p>{@code delta}, one number for each group of weights, starts at 0 and follows the gradient of
 * the loss. The common term {@code c} starts at {@link PepOptions#start} and moves after each step,
 * by at most {@code drift}, towards the value at which the share {@code keep} of the weights is
 * left. That value is a quantile: a weight {@code v} is pruned at {@code c = ln(|v| / (1 - |v|)) -
 * delta}. It is estimated every 32 steps, from about 4,096 rows of all tables.
 *
 * <p>Differences to the paper: in its code only Adam's coupled weight decay raises {@code s} at
 * first, by the learning rate per step for every threshold, and training is stopped once few enough
 * weights are left. Here {@code c} makes that drift explicit and gives it a target, so that it
 * ends, and reverses when rows are added; it costs nothing for rows that a batch does not use. A
 * rule that only compares the share with its target would oscillate widely, because most weights of
 * rare ids stay near their small initial values and are pruned within a narrow range of thresholds.
 *
 * <p>The tables join when they are created; a step ends when each of them has done its backward
 * once.
 */
public final class PepThresholds {

  private static final int LOOK_EVERY = 32;
  private static final int ROWS = 4096;

  /** Beyond this, single precision does not resolve the sigmoid. */
  private static final double MOST = 15;

  private final PepOptions options;
  private final int dim;
  private final TableOptimizer optimizer;
  private final List<PepTable> members = new ArrayList<>();
  private final RowStore shared;
  private final RowBags sharedRow = new RowBags();
  private final float[] gradient;
  private double common;
  private double wanted;
  private float[] limits = new float[0];
  private long steps;
  private int backwards;

  /** Thresholds for tables of vectors of length {@code dim}. */
  public PepThresholds(PepOptions options, int dim) {
    this(options, dim, new TableOptimizer(TableOptimizer.Rule.ADAM, options.learningRate()));
  }

  /** With another update rule for the individual terms. */
  PepThresholds(PepOptions options, int dim, TableOptimizer optimizer) {
    this.options = options;
    this.dim = dim;
    this.optimizer = optimizer;
    this.common = options.start();
    this.wanted = options.start();
    int width = options.granularity().width(dim);
    this.gradient = new float[width];
    this.shared = options.granularity().shared() ? store(width) : null;
    if (shared != null) {
      shared.grow(1, 0);
      sharedRow.add(0);
      sharedRow.endExample();
    }
  }

  /** Individual terms of thresholds, initially 0. */
  private RowStore store(int width) {
    return new RowStore(width, optimizer, new RowInit(RowInit.Shape.UNIFORM, 0, 0));
  }

  PepOptions options() {
    return options;
  }

  /**
   * Adds a table.
   *
   * @return the store of its individual terms; the shared one if the tables share thresholds
   */
  RowStore join(PepTable table) {
    if (table.dim() != dim) {
      throw new IllegalArgumentException("dim must be " + dim + " but was " + table.dim());
    }
    members.add(table);
    return shared != null ? shared : store(gradient.length);
  }

  /** All tables leave. */
  void leave() {
    members.clear();
  }

  /** {@code g(s)} for a threshold's individual term. */
  float threshold(float delta) {
    return sigmoid(common + delta);
  }

  /** {@code 1 / (1 + e^-s)}. */
  static float sigmoid(double s) {
    return (float) (1 / (1 + StrictMath.exp(-s)));
  }

  /**
   * Adds gradients of shared thresholds, which are applied at the end of the step.
   *
   * @param grads {@code float[n * width]}
   */
  void addGradients(float[] grads, int n) {
    for (int i = 0; i < n * gradient.length; i++) {
      gradient[i % gradient.length] += grads[i];
    }
  }

  /** Called by each table after its backward; after the last one the thresholds move. */
  void tableDone() {
    if (++backwards < members.size()) {
      return;
    }
    backwards = 0;
    if (shared != null) {
      shared.update(sharedRow, gradient, gradient.length, 0);
      Arrays.fill(gradient, 0f);
    }
    if (steps++ % LOOK_EVERY == 0) {
      wanted = find();
    }
    common += Math.max(-options.drift(), Math.min(options.drift(), wanted - common));
  }

  /** The common term at which the share {@code keep} is left; unchanged while there are no rows. */
  private double find() {
    long rows = members.stream().mapToLong(PepTable::rows).sum();
    int apart = (int) ((rows + ROWS - 1) / ROWS);
    int n = 0;
    int skip = 0;
    for (PepTable table : members) {
      int row = skip;
      for (; row < table.rows(); row += apart) {
        if (limits.length < (n + 1) * dim) {
          limits = Arrays.copyOf(limits, Math.max(ROWS * dim, (n + 1) * dim));
        }
        table.limits(row, limits, n++ * dim);
      }
      skip = row - table.rows();
    }
    if (n == 0) {
      return common;
    }
    Arrays.sort(limits, 0, n * dim);
    int pruned = (int) Math.rint(n * dim * (1 - options.keep()));
    return pruned == 0 ? -MOST : Math.max(-MOST, Math.min(MOST, limits[pruned - 1]));
  }

  /** True for the table whose checkpoint includes the shared state. */
  boolean carriedBy(PepTable table) {
    return members.get(0) == table;
  }

  void write(DataOutput out) throws IOException {
    out.writeDouble(common);
    out.writeDouble(wanted);
    out.writeLong(steps);
    if (shared != null) {
      shared.write(out);
    }
  }

  void read(DataInput in) throws IOException {
    common = in.readDouble();
    wanted = in.readDouble();
    steps = in.readLong();
    if (shared != null) {
      shared.read(in);
    }
  }
}
