package io.millrace.table;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * A table that learns which of its weights to prune: "Learnable Embedding Sizes for Recommender
 * Systems" (PEP; Liu et al. 2021). Every weight goes through a soft threshold,
 *
 * <pre>
 * forward   v^ = sign(v) max(0, |v| - g(s)),   g the sigmoid
 * backward  dv = dv^                 ds = -g'(s) sum sign(v) dv^     over |v| > g(s)
 *           dv = leak dv^            for the others, which are pruned
 * </pre>
 *
 * where the sum runs over the weights that share {@code s}: all weights, those of a dimension,
 * those of a row, or one ({@link PepOptions.Granularity}). The thresholds are learned while the
 * table trains; {@link PepThresholds} describes how they reach a given size.
 *
 * <p>Where we differ: the paper's rectifier gives a pruned weight no gradient, so it is dead for
 * ever, which a stream cannot afford; {@code leak} lets it come back (straight-through, Bengio et
 * al. 2013). There is no weight decay on {@code v}. A weight's initial value, from which {@link
 * MaskedTable} retrains, is that of the first forward pass, {@code v^} and not {@code v}. See
 * docs/algorithms.md, section 7.3.
 */
public final class PepTable extends PrunedTable {

  private final int dim;
  private PepThresholds thresholds;
  private final boolean shared;
  private final RowStore values;
  private RowStore parts;
  private final UniqueRows unique = new UniqueRows();
  private final RowBags distinct = new RowBags();
  private float[] softened = new float[0];
  private float[] cuts = new float[0];
  private float[] valueGrads = new float[0];
  private float[] partGrads = new float[0];

  /**
   * A table in which only the weights within {@code g(start)} of 0 are pruned at first.
   *
   * @param rows rows to start with; 0 for a table that grows
   * @param dim length of a vector
   * @param thresholds thresholds of the model's pruned tables, which this one joins
   */
  public PepTable(
      int rows, int dim, TableOptimizer optimizer, RowInit init, PepThresholds thresholds) {
    this.dim = dim;
    this.thresholds = thresholds;
    this.shared = thresholds.options().granularity().shared();
    this.values = new RowStore(dim, optimizer, init);
    this.parts = thresholds.join(this);
    grow(rows, 0);
  }

  /**
   * Has tables share the thresholds of one of them.
   *
   * @param tables all pruned tables of a model, in the order of their fields
   * @param of one of them
   */
  public static void share(List<PepTable> tables, PepTable of) {
    PepThresholds thresholds = of.thresholds;
    thresholds.leave();
    for (PepTable table : tables) {
      table.thresholds = thresholds;
      RowStore parts = thresholds.join(table);
      table.parts = table.shared ? parts : table.parts;
    }
  }

  @Override
  public int rows() {
    return values.rows();
  }

  @Override
  public int dim() {
    return dim;
  }

  /** The weights before their thresholds. */
  RowStore values() {
    return values;
  }

  /** The individual terms of this table's thresholds; the shared ones if tables share them. */
  RowStore parts() {
    return parts;
  }

  /** {@code sign(v) max(0, |v| - t)}. */
  static float soft(float v, float t) {
    return v > t ? v - t : v < -t ? v + t : 0;
  }

  /** Writes the thresholds of a row to {@code t[to ..]}. */
  private void thresholds(int row, float[] t, int to) {
    int from = shared ? 0 : row * parts.width();
    for (int j = 0; j < parts.width(); j++) {
      t[to + j] = thresholds.threshold(parts.weights()[from + j]);
    }
  }

  /** Writes a row after its soft thresholds {@code t[at ..]}. */
  private void soften(int row, float[] t, int at, float[] out, int to) {
    int step = parts.width() == 1 ? 0 : 1;
    int from = row * dim;
    for (int j = 0; j < dim; j++) {
      out[to + j] = soft(values.weights()[from + j], t[at + step * j]);
    }
  }

  /**
   * Writes for each weight of a row the common term at which the weight is pruned: {@code ln(|v| /
   * (1 - |v|)) - delta}.
   */
  void limits(int row, float[] out, int to) {
    int step = parts.width() == 1 ? 0 : 1;
    int part = shared ? 0 : row * parts.width();
    for (int j = 0; j < dim; j++) {
      double v = Math.min(1, Math.abs(values.weights()[row * dim + j]));
      out[to + j] = (float) StrictMath.log(v / (1 - v)) - parts.weights()[part + step * j];
    }
  }

  @Override
  public void forward(RowBags bags, float[] out, int stride, int offset) {
    unique.build(bags);
    ensure(unique.count());
    for (int u = 0; u < unique.count(); u++) {
      thresholds(unique.row(u), cuts, u * parts.width());
      soften(unique.row(u), cuts, u * parts.width(), softened, u * dim);
    }
    for (int b = 0; b < bags.examples(); b++) {
      int to = b * stride + offset;
      Arrays.fill(out, to, to + dim, 0f);
      for (int i = bags.start(b); i < bags.end(b); i++) {
        int from = unique.number(i) * dim;
        for (int j = 0; j < dim; j++) {
          out[to + j] += softened[from + j];
        }
      }
    }
  }

  private void ensure(int rows) {
    if (softened.length < rows * dim) {
      softened = new float[rows * dim];
      valueGrads = new float[rows * dim];
      cuts = new float[rows * parts.width()];
      partGrads = new float[rows * parts.width()];
    }
  }

  @Override
  public void backward(RowBags bags, float[] grad, int stride, int offset) {
    int n = unique.count();
    Arrays.fill(valueGrads, 0, n * dim, 0f);
    for (int b = 0; b < bags.examples(); b++) {
      int from = b * stride + offset;
      for (int i = bags.start(b); i < bags.end(b); i++) {
        int to = unique.number(i) * dim;
        for (int j = 0; j < dim; j++) {
          valueGrads[to + j] += grad[from + j];
        }
      }
    }
    splitGradients(n);
    distinct.clear();
    for (int u = 0; u < n; u++) {
      distinct.add(unique.row(u));
      distinct.endExample();
    }
    values.update(distinct, valueGrads, dim, 0);
    if (shared) {
      thresholds.addGradients(partGrads, n);
    } else {
      parts.update(distinct, partGrads, parts.width(), 0);
    }
    thresholds.tableDone();
  }

  /** Turns gradients of softened weights into those of weights and of threshold terms. */
  private void splitGradients(int n) {
    int width = parts.width();
    float leak = (float) thresholds.options().leak();
    Arrays.fill(partGrads, 0, n * width, 0f);
    for (int i = 0; i < n * dim; i++) {
      if (softened[i] == 0) {
        valueGrads[i] *= leak;
        continue;
      }
      int p = i / dim * width + (width == 1 ? 0 : i % dim);
      float slope = cuts[p] * (1 - cuts[p]);
      partGrads[p] -= slope * Math.signum(softened[i]) * valueGrads[i];
    }
  }

  @Override
  public void collapseRow(int row, float[] out, int offset) {
    float[] t = new float[parts.width()];
    thresholds(row, t, 0);
    soften(row, t, 0, out, offset);
  }

  @Override
  public void grow(int rows, long key) {
    values.grow(rows, key);
    if (!shared) {
      parts.grow(rows, key);
    }
  }

  @Override
  public void keep(int[] keep, int count) {
    values.keep(keep, count);
    if (!shared) {
      parts.keep(keep, count);
    }
  }

  @Override
  public void remap(RowRemap plan) {
    values.remap(plan);
    if (!shared) {
      parts.remap(plan);
    }
  }

  @Override
  public long trainingBytes() {
    return values.bytes() + (shared ? 0 : parts.bytes());
  }

  @Override
  public void writeState(DataOutput out) throws IOException {
    values.write(out);
    if (!shared) {
      parts.write(out);
    }
    if (thresholds.carriedBy(this)) {
      thresholds.write(out);
    }
  }

  @Override
  public void readState(DataInput in) throws IOException {
    values.read(in);
    if (!shared) {
      parts.read(in);
    }
    if (thresholds.carriedBy(this)) {
      thresholds.read(in);
    }
  }
}
