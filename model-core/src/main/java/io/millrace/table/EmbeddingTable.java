package io.millrace.table;

import io.millrace.math.Products;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * A trainable embedding table with its optimiser, {@code rows x dim} as seen from outside.
 *
 * <p>An example's bag of rows is summed into one vector, or {@link Combine combined} id by id and
 * then summed. One thread at a time; equal calls give equal bits.
 */
public interface EmbeddingTable {

  /** Rows that exist; growing tables add some with {@link #grow}. */
  int rows();

  /** Length of a vector. */
  int dim();

  /** Length of a row as a server holds it: that of a vector, unless rows are joined. */
  default int rowLength() {
    return dim();
  }

  /** How the rows of an id become its vector. */
  default Combine combine() {
    return Combine.SUM;
  }

  /**
   * Sums each example's rows into its vector.
   *
   * @param bags the rows of the batch
   * @param out {@code out[b * stride + offset .. + dim)} receives example {@code b}'s vector
   */
  void forward(RowBags bags, float[] out, int stride, int offset);

  /**
   * Applies one optimiser step with the gradients by the vectors of the last {@link #forward}.
   *
   * @param bags the same bags
   * @param grad {@code grad[b * stride + offset .. + dim)} is example {@code b}'s gradient
   */
  void backward(RowBags bags, float[] grad, int stride, int offset);

  /** Hands over a faster way to multiply matrices, of which the caller stays the owner. */
  default void use(Products products) {}

  /** Copies what a server looks up for one row, {@code float[rowLength]} at {@code out[offset]}. */
  void collapseRow(int row, float[] out, int offset);

  /**
   * Copies rows in the form in which a server holds them.
   *
   * @param order the rows wanted: row {@code i} of the copy is row {@code order[i]}
   */
  default StoredRows store(int[] order) {
    float[] values = new float[Math.multiplyExact(order.length, rowLength())];
    for (int i = 0; i < order.length; i++) {
      collapseRow(order[i], values, i * rowLength());
    }
    return new StoredRows.Dense(values, rowLength());
  }

  /**
   * Adds rows up to {@code rows}, each with its initial value.
   *
   * @param key names the row's initial value: rows with equal keys start equal
   */
  void grow(int rows, long key);

  /**
   * Keeps the listed rows only, in the order given: new row {@code i} is old row {@code keep[i]}.
   */
  void keep(int[] keep, int count);

  /** Moves parameters and optimiser state to the rows of a new hash. */
  void remap(RowRemap plan);

  /** Weights of all rows, as a server looks them up, that are not pruned. */
  default long weightsLeft() {
    return (long) rows() * rowLength();
  }

  /** True if a row is pruned as a whole: it is 0, and an id without it scores alike. */
  default boolean pruned(int row) {
    return false;
  }

  /** Bytes of {@link #store all rows} at a server. */
  default long servingBytes() {
    return servingBytes(rows());
  }

  /**
   * Bytes of some rows at a server: {@code rows * rowLength * 4} if they are dense.
   *
   * @param rows how many; all that are not {@link #pruned} are among them
   */
  default long servingBytes(long rows) {
    return rows * rowLength() * Float.BYTES;
  }

  /** Bytes of parameters and optimiser state while training. */
  long trainingBytes();

  /** Writes parameters and optimiser state, as they are now, be it later ({@link FrozenState}). */
  void writeState(DataOutput out) throws IOException;

  /** Reads what {@link #writeState} wrote for a table of the same dimensions. */
  void readState(DataInput in) throws IOException;
}
