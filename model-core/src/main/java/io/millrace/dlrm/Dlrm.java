package io.millrace.dlrm;

import io.millrace.dense.DenseNet;
import io.millrace.event.ClickEvent;
import io.millrace.math.Products;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;

/**
 * The network of a {@link ClickModel}: a deep learning recommendation model (Naumov et al. 2019).
 * It works on one batch at a time.
 *
 * <pre>
 *  dense x ──► bottom MLP ──► v_0 ─┐                                   v_0 ─┐
 *  field 1 ids ──► table 1 ──► v_1 ├─► interaction: &lt;v_i, v_j&gt;, i &gt; j ───────┴─► top MLP ──► logit z
 *     ...                      ... ┘
 * </pre>
 *
 * Its three operators, with {@code F} fields and vectors of length {@code d}:
 *
 * <pre>
 *  embedding     v_f = sum of the rows of field f's ids                     d numbers
 *  interaction   v_0, then &lt;v_i, v_j&gt; for 0 &lt;= j &lt; i &lt;= F                     d + F (F + 1) / 2
 *  MLP layer     a_l = max(0, W_l a_(l-1) + b_l)
 * </pre>
 *
 * <p>Every MLP layer has a ReLU but the top's last and, where {@link TrainerOptions#bottomRelu} is
 * not set, the bottom's last. A schema without dense columns feeds the constant 1. Gradients are
 * exact; see the finite difference tests. One thread at a time.
 *
 * <p>Reference: Naumov et al. 2019, Deep Learning Recommendation Model for Personalization and
 * Recommendation Systems. See docs/algorithms.md, section 2.1.
 */
public final class Dlrm implements AutoCloseable {

  private final int denseColumns;
  private final int dim;
  private final DenseNet bottom;
  private final DenseNet top;
  private final List<FieldTable> fields;
  private final Interaction interaction;
  private final Products products;
  private int capacity;
  private float[] x;
  private float[] v0;
  private float[] v;
  private float[] topIn;
  private float[] dTopIn;
  private float[] dV;
  private float[] dV0;

  /**
   * A model of the given components, which it owns from now on.
   *
   * @param denseColumns dense columns of the schema, may be 0
   * @param dim length of the embedding vectors and of the bottom MLP's output
   * @param bottom MLP from {@code max(1, denseColumns)} to {@code dim}
   * @param top MLP from {@code dim + (F + 1) F / 2} to 1
   * @param fields the {@code F} tables in schema order
   */
  public Dlrm(int denseColumns, int dim, DenseNet bottom, DenseNet top, List<FieldTable> fields) {
    this(denseColumns, dim, bottom, top, fields, null);
  }

  /**
   * A model of the given components, which it owns from now on.
   *
   * @param products a library's products for interactions and factorised tables; null to use Java
   */
  public Dlrm(
      int denseColumns,
      int dim,
      DenseNet bottom,
      DenseNet top,
      List<FieldTable> fields,
      Products products) {
    this.denseColumns = denseColumns;
    this.products = products;
    this.dim = dim;
    this.bottom = bottom;
    this.top = top;
    this.fields = List.copyOf(fields);
    this.interaction = new Interaction(fields.size() + 1, dim, products);
    require("bottom's input", bottom.spec().inputs(), Math.max(1, denseColumns));
    require("bottom's output", bottom.spec().outputs(), dim);
    require("top's input", top.spec().inputs(), interaction.outputs());
    require("top's output", top.spec().outputs(), 1);
    for (FieldTable field : fields) {
      require("a table's dim", field.table().dim(), dim);
      if (products != null) {
        field.table().use(products);
      }
    }
  }

  private static void require(String what, int actual, int expected) {
    if (actual != expected) {
      throw new IllegalArgumentException(what + " must be " + expected + " but was " + actual);
    }
  }

  /** Width of the top MLP's input for {@code fields} fields of dimension {@code dim}. */
  public static int topInputs(int fields, int dim) {
    return dim + (fields + 1) * fields / 2;
  }

  /** The fields' tables in schema order. */
  public List<FieldTable> fields() {
    return fields;
  }

  /** The MLP over the dense columns. */
  public DenseNet bottom() {
    return bottom;
  }

  /** The MLP over the interactions. */
  public DenseNet top() {
    return top;
  }

  /** The library's products, or null. */
  Products products() {
    return products;
  }

  /** Length of an embedding vector. */
  public int dim() {
    return dim;
  }

  /**
   * Computes the logits of a batch before learning from it: new ids get rows.
   *
   * @param batch at least one event
   * @param logits receives the logits, {@code float[batch]}
   */
  public void predict(List<ClickEvent> batch, float[] logits) {
    for (FieldTable field : fields) {
      field.resolve(batch);
    }
    forward(batch, logits);
  }

  /** Computes logits without changing anything: ids without a row contribute nothing. */
  public void score(List<ClickEvent> batch, float[] logits) {
    for (FieldTable field : fields) {
      field.lookUp(batch);
    }
    forward(batch, logits);
  }

  private void forward(List<ClickEvent> batch, float[] logits) {
    int n = batch.size();
    ensure(n);
    gatherDense(batch);
    bottom.forward(x, n, v0);
    int stride = (fields.size() + 1) * dim;
    for (int b = 0; b < n; b++) {
      System.arraycopy(v0, b * dim, v, b * stride, dim);
    }
    for (int f = 0; f < fields.size(); f++) {
      FieldTable field = fields.get(f);
      field.table().forward(field.bags(), v, stride, (f + 1) * dim);
    }
    interaction.forward(v, n, topIn);
    top.forward(topIn, n, logits);
  }

  /**
   * Learns from the batch of the last {@link #predict}.
   *
   * @param dLogits gradient of the loss with respect to the logits, {@code float[batch]}
   * @param n events of that batch
   */
  public void learn(float[] dLogits, int n) {
    top.backward(dLogits, n, dTopIn);
    top.step();
    interaction.backward(v, dTopIn, n, dV);
    int stride = (fields.size() + 1) * dim;
    for (int b = 0; b < n; b++) {
      System.arraycopy(dV, b * stride, dV0, b * dim, dim);
    }
    bottom.backward(dV0, n, null);
    bottom.step();
    for (int f = 0; f < fields.size(); f++) {
      FieldTable field = fields.get(f);
      field.table().backward(field.bags(), dV, stride, (f + 1) * dim);
    }
  }

  private void gatherDense(List<ClickEvent> batch) {
    for (int b = 0; b < batch.size(); b++) {
      if (denseColumns == 0) {
        x[b] = 1;
      } else {
        System.arraycopy(batch.get(b).dense(), 0, x, b * denseColumns, denseColumns);
      }
    }
  }

  private void ensure(int n) {
    if (n <= capacity) {
      return;
    }
    capacity = n;
    int stride = (fields.size() + 1) * dim;
    x = new float[n * Math.max(1, denseColumns)];
    v0 = new float[n * dim];
    v = new float[n * stride];
    topIn = new float[n * interaction.outputs()];
    dTopIn = new float[n * interaction.outputs()];
    dV = new float[n * stride];
    dV0 = new float[n * dim];
  }

  /** Bytes a server needs for the two MLPs. */
  public long mlpBytes() {
    return bottom.bytes(false) + top.bytes(false);
  }

  /** Bytes held while training: MLPs, tables, indexes, optimiser state. */
  public long trainingBytes() {
    long bytes = bottom.bytes(true) + top.bytes(true);
    for (FieldTable field : fields) {
      bytes += field.trainingBytes();
    }
    return bytes;
  }

  /**
   * Writes all state that {@link #readState} needs to continue with equal bits, except the hashes,
   * which the owner stores.
   */
  public void writeState(DataOutput out) throws IOException {
    bottom.writeState(out);
    top.writeState(out);
    for (FieldTable field : fields) {
      field.writeState(out);
    }
  }

  /** Reads what {@link #writeState} wrote for a model of the same shape. */
  public void readState(DataInput in) throws IOException {
    bottom.readState(in);
    top.readState(in);
    for (FieldTable field : fields) {
      field.readState(in);
    }
  }

  @Override
  public void close() {
    bottom.close();
    top.close();
    if (products != null) {
      products.close();
    }
  }
}
