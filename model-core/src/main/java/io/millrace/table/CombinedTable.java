package io.millrace.table;

import io.millrace.math.Products;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * A table whose ids use several rows each that are multiplied or concatenated ({@link Combine}):
 * internal tables, stacked in one. Sums need no such table, because every table sums the rows of a
 * bag.
 *
 * <p>The bags list the {@code H} rows of an id one after the other; the vectors of an example's ids
 * are summed. To the stacked table each looked-up row is an example of its own; so it makes one
 * optimiser step per batch like any other table.
 */
public final class CombinedTable implements EmbeddingTable {

  private final EmbeddingTable stacked;
  private final Combine combine;
  private final int dim;
  private final int[] found;
  private final RowBags single = new RowBags();
  private float[] looked = new float[0];
  private float[] lookedGrad = new float[0];

  /**
   * A table over stacked internal tables, which it owns from now on.
   *
   * @param stacked rows of length {@code combine.rowLength(dim, lookups)}
   * @param combine combination of an id's rows to its vector
   * @param lookups rows per id, at least 1
   */
  public CombinedTable(EmbeddingTable stacked, Combine combine, int lookups) {
    this.stacked = stacked;
    this.combine = combine;
    this.dim = combine == Combine.CONCAT ? stacked.dim() * lookups : stacked.dim();
    this.found = new int[lookups];
  }

  @Override
  public int rows() {
    return stacked.rows();
  }

  @Override
  public int dim() {
    return dim;
  }

  @Override
  public int rowLength() {
    return stacked.rowLength();
  }

  @Override
  public Combine combine() {
    return combine;
  }

  @Override
  public void forward(RowBags bags, float[] out, int stride, int offset) {
    lookUp(bags);
    for (int b = 0; b < bags.examples(); b++) {
      int to = b * stride + offset;
      Arrays.fill(out, to, to + dim, 0f);
      for (int i = bags.start(b); i < bags.end(b); i += found.length) {
        for (int h = 0; h < found.length; h++) {
          found[h] = i + h;
        }
        combine.add(looked, stacked.dim(), found, found.length, out, to);
      }
    }
  }

  private void lookUp(RowBags bags) {
    int length = stacked.dim();
    if (looked.length < bags.size() * length) {
      looked = new float[bags.size() * length];
      lookedGrad = new float[bags.size() * length];
    }
    single.clear();
    for (int i = 0; i < bags.size(); i++) {
      single.add(bags.row(i));
      single.endExample();
    }
    stacked.forward(single, looked, length, 0);
  }

  @Override
  public void backward(RowBags bags, float[] grad, int stride, int offset) {
    int length = stacked.dim();
    for (int b = 0; b < bags.examples(); b++) {
      for (int i = bags.start(b); i < bags.end(b); i += found.length) {
        combine.backward(
            looked, i * length, length, found.length, grad, b * stride + offset, lookedGrad);
      }
    }
    stacked.backward(single, lookedGrad, length, 0);
  }

  @Override
  public void use(Products products) {
    stacked.use(products);
  }

  @Override
  public void collapseRow(int row, float[] out, int offset) {
    stacked.collapseRow(row, out, offset);
  }

  /** Rows are stored as they are looked up, so the internal tables must have no projection. */
  @Override
  public TouchedRows track() {
    return stacked.track();
  }

  @Override
  public RowValues rowValues() {
    return stacked.rowValues();
  }

  @Override
  public void grow(int rows, long key) {
    stacked.grow(rows, key);
  }

  @Override
  public void keep(int[] keep, int count) {
    stacked.keep(keep, count);
  }

  @Override
  public void remap(RowRemap plan) {
    stacked.remap(plan);
  }

  @Override
  public long trainingBytes() {
    return stacked.trainingBytes();
  }

  @Override
  public void writeState(DataOutput out) throws IOException {
    stacked.writeState(out);
  }

  @Override
  public void readState(DataInput in) throws IOException {
    stacked.readState(in);
  }
}
