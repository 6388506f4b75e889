package io.millrace.table;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.LongToIntFunction;

/**
 * Retrains the weights that {@link PepTable} has not pruned: pruned weights stay 0, the others
 * start again from their initial values and follow the table's update rule, without thresholds (Liu
 * et al. 2021, after the lottery ticket hypothesis of Frankle and Carbin 2019).
 *
 * <p>A weight's initial value is that of the first forward pass of the search, {@code v^ = sign(v)
 * max(0, |v| - g(start))}, if both have the same seed. A row without a mask is pruned as a whole,
 * because it contributes nothing in the served pruned model.
 */
public final class MaskedTable extends PrunedTable {

  private final int dim;
  private final float firstThreshold;
  private final StoredRows left;
  private final LongToIntFunction rowOfKey;
  private final RowStore values;
  private byte[] mask = new byte[0];

  /**
   * A table with masked initial values.
   *
   * @param rows rows to start with; 0 for a table that grows
   * @param init initial values of the search
   * @param start {@link PepOptions#start} of the search
   * @param left rows of the pruned model; weights that are 0 there are pruned here
   * @param rowOfKey the row of the pruned model for the key of a new row, see {@link #grow}; -1 for
   *     none
   */
  public MaskedTable(
      int rows,
      TableOptimizer optimizer,
      RowInit init,
      double start,
      StoredRows left,
      LongToIntFunction rowOfKey) {
    this.dim = left.length();
    this.firstThreshold = PepThresholds.sigmoid(start);
    this.left = left;
    this.rowOfKey = rowOfKey;
    this.values = new RowStore(dim, optimizer, init);
    grow(rows, 0);
  }

  @Override
  public int rows() {
    return values.rows();
  }

  @Override
  public int dim() {
    return dim;
  }

  @Override
  public void forward(RowBags bags, float[] out, int stride, int offset) {
    values.sum(bags, out, stride, offset);
  }

  @Override
  public void backward(RowBags bags, float[] grad, int stride, int offset) {
    values.update(bags, grad, stride, offset, mask);
  }

  @Override
  public void collapseRow(int row, float[] out, int offset) {
    System.arraycopy(values.weights(), row * dim, out, offset, dim);
  }

  @Override
  public void grow(int rows, long key) {
    int before = rows();
    values.grow(rows, key);
    if (mask.length < values.weights().length) {
      mask = Arrays.copyOf(mask, values.weights().length);
    }
    float[] known = new float[dim];
    for (int r = before; r < rows; r++) {
      Arrays.fill(known, 0f);
      int source = rowOfKey.applyAsInt(key + (r - before));
      if (source >= 0) {
        left.add(source, known, 0);
      }
      for (int j = 0; j < dim; j++) {
        int at = r * dim + j;
        mask[at] = (byte) (known[j] == 0 ? 0 : 1);
        values.weights()[at] = mask[at] * PepTable.soft(values.weights()[at], firstThreshold);
      }
    }
  }

  @Override
  public void keep(int[] keep, int count) {
    values.keep(keep, count);
    byte[] moved = new byte[values.weights().length];
    for (int i = 0; i < count; i++) {
      System.arraycopy(mask, keep[i] * dim, moved, i * dim, dim);
    }
    mask = moved;
  }

  /** Not supported: a mask belongs to rows whose ids do not change. */
  @Override
  public void remap(RowRemap plan) {
    throw new UnsupportedOperationException("rows under a mask cannot follow a new hash");
  }

  @Override
  public long trainingBytes() {
    return values.bytes() + (long) rows() * dim;
  }

  @Override
  public void writeState(DataOutput out) throws IOException {
    values.write(out);
    byte[] asItIs = mask; // the bytes of existing rows never change
    int bytes = rows() * dim;
    FrozenState.writeLater(out, o -> o.write(asItIs, 0, bytes));
  }

  @Override
  public void readState(DataInput in) throws IOException {
    values.read(in);
    mask = new byte[values.weights().length];
    in.readFully(mask, 0, rows() * dim);
  }
}
