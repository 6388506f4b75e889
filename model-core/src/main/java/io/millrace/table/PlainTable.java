package io.millrace.table;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** The ordinary table: one vector per row, {@code float[rows * dim]}. */
public final class PlainTable implements EmbeddingTable {

  private final RowStore store;

  /**
   * A table of {@code rows} initial rows.
   *
   * @param rows rows to start with; 0 for a table that grows
   * @param dim length of a vector
   */
  public PlainTable(int rows, int dim, TableOptimizer optimizer, RowInit init) {
    this.store = new RowStore(dim, optimizer, init);
    store.grow(rows, 0);
  }

  @Override
  public int rows() {
    return store.rows();
  }

  @Override
  public int dim() {
    return store.width();
  }

  @Override
  public void forward(RowBags bags, float[] out, int stride, int offset) {
    store.sum(bags, out, stride, offset);
  }

  @Override
  public void backward(RowBags bags, float[] grad, int stride, int offset) {
    store.update(bags, grad, stride, offset);
  }

  @Override
  public void collapseRow(int row, float[] out, int offset) {
    System.arraycopy(store.weights(), row * dim(), out, offset, dim());
  }

  @Override
  public TouchedRows track() {
    return store.track();
  }

  @Override
  public RowValues rowValues() {
    return new RowValues(store);
  }

  @Override
  public void grow(int rows, long key) {
    store.grow(rows, key);
  }

  @Override
  public void keep(int[] keep, int count) {
    store.keep(keep, count);
  }

  @Override
  public void remap(RowRemap plan) {
    store.remap(plan);
  }

  @Override
  public long trainingBytes() {
    return store.bytes();
  }

  @Override
  public void writeState(DataOutput out) throws IOException {
    store.write(out);
  }

  @Override
  public void readState(DataInput in) throws IOException {
    store.read(in);
  }
}
