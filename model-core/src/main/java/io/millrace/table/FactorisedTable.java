package io.millrace.table;

import io.millrace.math.Products;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * A table that is trained as a product: {@code W = W1 W2}, {@code W1} of {@code rows x k}, {@code
 * W2} of {@code k x dim}, both trained.
 *
 * <p>With {@code x} the summed rows of {@code W1} for an example and {@code g} the gradient with
 * respect to its vector:
 *
 * <pre>
 * forward   y = x W2
 * backward  dW2 = sum_b x_b^T g_b;   dx_b = g_b W2^T;   W1's rows take dx as in a plain table
 * </pre>
 *
 * <p>Each factor has an update rule of its own.
 */
public abstract sealed class FactorisedTable implements EmbeddingTable
    permits MletTable, MixedDimTable {

  /** How a factor learns, and its initial values. */
  record Factor(TableOptimizer rule, RowInit init) {}

  private final int k;
  private final int dim;
  private final RowStore outer;
  private final RowStore inner;
  private final RowBags innerRows = new RowBags();
  private float[] hidden = new float[0];
  private float[] hiddenGrad = new float[0];
  private final float[] innerGrad;

  /** Whether rows are stored as factors, as each step moves all products. */
  private boolean tracked;

  /**
   * The library's products, or null; below, {@code y} or its gradient, and the shapes for a batch.
   */
  private Products products;

  private float[] vectors = new float[0];
  private Products.Shape forward;
  private Products.Shape byRows;
  private Products.Shape byProjection;

  /**
   * A table whose factors start and learn as given.
   *
   * @param rows rows to start with; 0 for a table that grows
   */
  FactorisedTable(int rows, int k, int dim, Factor w1, Factor w2) {
    this.k = k;
    this.dim = dim;
    this.outer = new RowStore(k, w1.rule(), w1.init());
    this.inner = new RowStore(dim, w2.rule(), w2.init());
    outer.grow(rows, 0);
    inner.grow(k, 0);
    for (int r = 0; r < k; r++) {
      innerRows.add(r);
      innerRows.endExample();
    }
    this.innerGrad = new float[k * dim];
  }

  @Override
  public final int rows() {
    return outer.rows();
  }

  @Override
  public final int dim() {
    return dim;
  }

  @Override
  public final void use(Products given) {
    products = given;
  }

  @Override
  public final void forward(RowBags bags, float[] out, int stride, int offset) {
    int batch = bags.examples();
    if (hidden.length < batch * k) {
      hidden = new float[batch * k];
      hiddenGrad = new float[batch * k];
    }
    outer.sum(bags, hidden, k, 0);
    if (products == null) {
      for (int b = 0; b < batch; b++) {
        project(hidden, b * k, out, b * stride + offset);
      }
      return;
    }
    prepareShapes(batch);
    products.multiply(forward, hidden, 0, inner.weights(), 0, vectors, 0);
    for (int b = 0; b < batch; b++) {
      System.arraycopy(vectors, b * dim, out, b * stride + offset, dim);
    }
  }

  private void prepareShapes(int batch) {
    if (forward != null && forward.rows() == batch) {
      return;
    }
    forward = new Products.Shape(1, batch, k, dim, false, false);
    byRows = new Products.Shape(1, batch, dim, k, false, true);
    byProjection = new Products.Shape(1, k, batch, dim, true, false);
    if (vectors.length < batch * dim) {
      vectors = new float[batch * dim];
    }
  }

  private void project(float[] x, int at, float[] y, int to) {
    float[] w2 = inner.weights();
    Arrays.fill(y, to, to + dim, 0f);
    for (int i = 0; i < k; i++) {
      float xi = x[at + i];
      int row = i * dim;
      for (int j = 0; j < dim; j++) {
        y[to + j] += xi * w2[row + j];
      }
    }
  }

  @Override
  public final void backward(RowBags bags, float[] grad, int stride, int offset) {
    if (products == null) {
      computeGradients(bags.examples(), grad, stride, offset);
    } else {
      multiplyGradients(bags.examples(), grad, stride, offset);
    }
    outer.update(bags, hiddenGrad, k, 0);
    inner.update(innerRows, innerGrad, dim, 0);
  }

  private void multiplyGradients(int batch, float[] grad, int stride, int offset) {
    for (int b = 0; b < batch; b++) {
      System.arraycopy(grad, b * stride + offset, vectors, b * dim, dim);
    }
    products.multiply(byRows, vectors, 0, inner.weights(), 0, hiddenGrad, 0);
    products.multiply(byProjection, hidden, 0, vectors, 0, innerGrad, 0);
  }

  private void computeGradients(int batch, float[] grad, int stride, int offset) {
    float[] w2 = inner.weights();
    Arrays.fill(innerGrad, 0f);
    for (int b = 0; b < batch; b++) {
      int g = b * stride + offset;
      for (int i = 0; i < k; i++) {
        float xi = hidden[b * k + i];
        int row = i * dim;
        float dx = 0;
        for (int j = 0; j < dim; j++) {
          float gj = grad[g + j];
          innerGrad[row + j] += xi * gj;
          dx += gj * w2[row + j];
        }
        hiddenGrad[b * k + i] = dx;
      }
    }
  }

  @Override
  public final void collapseRow(int row, float[] out, int offset) {
    project(outer.weights(), row * k, out, offset);
  }

  /**
   * Copies both factors: {@code W1}, {@code float[rows * k]}, then {@code W2}, {@code float[k *
   * dim]}.
   */
  public final float[] factors() {
    float[] factors = Arrays.copyOf(outer.weights(), (rows() + dim) * k);
    System.arraycopy(inner.weights(), 0, factors, rows() * k, k * dim);
    return factors;
  }

  /**
   * Records which rows of {@code W1} change. From now on rows are stored as factors: a step changes
   * {@code W2}, and so all products.
   */
  @Override
  public final TouchedRows track() {
    tracked = true;
    return outer.track();
  }

  @Override
  public final StoredRows store(int[] order, RowFormat format) {
    return asFactors(order.length, format)
        ? gather(order, format)
        : EmbeddingTable.super.store(order, format);
  }

  @Override
  public final long servingBytes(long rows, RowFormat format) {
    return asFactors(rows, format)
        ? factorBytes(rows, format)
        : EmbeddingTable.super.servingBytes(rows, format);
  }

  /** Whether a number of rows are stored as factors: always with updates, else if smaller. */
  private boolean asFactors(long rows, RowFormat format) {
    return tracked || factorBytes(rows, format) < EmbeddingTable.super.servingBytes(rows, format);
  }

  private long factorBytes(long rows, RowFormat format) {
    return StoredRows.Factors.bytes(rows, k, dim, format.forLength(k));
  }

  /** Copies the factors for the rows {@code order[i]} only. */
  private StoredRows.Factors gather(int[] order, RowFormat format) {
    float[] w1 = outer.weights();
    StoredRows.Dense narrow =
        StoredRows.Dense.of(
            format.forLength(k),
            order.length,
            k,
            (i, x) -> System.arraycopy(w1, order[i] * k, x, 0, k));
    return new StoredRows.Factors(narrow, Arrays.copyOf(inner.weights(), k * dim), dim);
  }

  /** Inner dimension {@code k}. */
  final int innerDim() {
    return k;
  }

  @Override
  public final RowValues rowValues() {
    return new RowValues(outer);
  }

  @Override
  public final Optional<RowValues> sharedFactor() {
    return Optional.of(new RowValues(inner));
  }

  @Override
  public final void grow(int rows, long key) {
    outer.grow(rows, key);
  }

  @Override
  public final void keep(int[] keep, int count) {
    outer.keep(keep, count);
  }

  /** Moves {@code W1} only; {@code W2} is shared by all rows and stays. */
  @Override
  public final void remap(RowRemap plan) {
    outer.remap(plan);
  }

  @Override
  public final long trainingBytes() {
    return outer.bytes() + inner.bytes();
  }

  @Override
  public final void writeState(DataOutput out) throws IOException {
    outer.write(out);
    inner.write(out);
  }

  @Override
  public final void readState(DataInput in) throws IOException {
    outer.read(in);
    inner.read(in);
  }
}
