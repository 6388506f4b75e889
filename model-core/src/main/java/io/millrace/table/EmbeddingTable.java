package io.millrace.table;

import io.millrace.math.Products;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Optional;

/**
 * A trainable embedding table with its optimiser; from outside, a matrix {@code rows x dim}.
 *
 * <p>An example's bag of rows is summed into one vector, or {@link Combine combined} id by id and
 * then summed. One thread at a time; equal calls give equal bits.
 */
public interface EmbeddingTable {

  /** Number of rows; growing tables add rows with {@link #grow}. */
  int rows();

  /** Length of a vector. */
  int dim();

  /** Length of a row as a server stores it: that of a vector, unless rows are concatenated. */
  default int rowLength() {
    return dim();
  }

  /** The combination of an id's rows to its vector. */
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
   * Applies one optimiser step with the gradients with respect to the vectors of the last {@link
   * #forward}.
   *
   * @param bags the same bags
   * @param grad {@code grad[b * stride + offset .. + dim)} is example {@code b}'s gradient
   */
  void backward(RowBags bags, float[] grad, int stride, int offset);

  /** Sets a faster way to multiply matrices; the caller keeps its ownership. */
  default void use(Products products) {}

  /** Copies one row as a server looks it up, {@code float[rowLength]} at {@code out[offset]}. */
  void collapseRow(int row, float[] out, int offset);

  /**
   * Copies rows as a server stores them.
   *
   * @param order the rows to copy: row {@code i} of the copy is row {@code order[i]}
   * @param format to which their floats are rounded, or what {@link RowFormat#forLength} puts in
   *     its place
   */
  default StoredRows store(int[] order, RowFormat format) {
    return StoredRows.Dense.of(
        format.forLength(rowLength()),
        order.length,
        rowLength(),
        (i, out) -> collapseRow(order[i], out, 0));
  }

  /**
   * Records from now on which rows change, for updates of the served rows; never stops. Rows that
   * {@link #store} copies then change only where they are recorded.
   *
   * @return what has changed, the same object each time
   * @throws UnsupportedOperationException if a step may change all rows
   */
  default TouchedRows track() {
    throw new UnsupportedOperationException("rows of this table cannot be updated one by one");
  }

  /**
   * Its rows as they are trained.
   *
   * @throws UnsupportedOperationException if what is trained is no row
   */
  default RowValues rowValues() {
    throw new UnsupportedOperationException("rows of this table cannot be exchanged");
  }

  /** The factor by which all rows are multiplied, which each step changes; empty without one. */
  default Optional<RowValues> sharedFactor() {
    return Optional.empty();
  }

  /**
   * Adds rows up to a total of {@code rows}, each with its initial value.
   *
   * @param key names the row's initial value: rows with equal keys start equal
   */
  void grow(int rows, long key);

  /**
   * Keeps only the listed rows, in the given order: new row {@code i} is old row {@code keep[i]}.
   */
  void keep(int[] keep, int count);

  /** Moves parameters and optimiser state to the rows of a new hash. */
  void remap(RowRemap plan);

  /** Number of weights that are not pruned, over all rows as a server looks them up. */
  default long weightsLeft() {
    return (long) rows() * rowLength();
  }

  /** True if all weights of a row are pruned: an id gets the same score without it. */
  default boolean pruned(int row) {
    return false;
  }

  /**
   * Bytes of a number of {@link #store stored} rows at a server.
   *
   * @param rows number of rows, among them all that are not {@link #pruned}
   */
  default long servingBytes(long rows, RowFormat format) {
    return rows * format.forLength(rowLength()).rowBytes(rowLength());
  }

  /** Bytes of parameters and optimiser state while training. */
  long trainingBytes();

  /** Writes parameters and optimiser state as of now, at once or later ({@link FrozenState}). */
  void writeState(DataOutput out) throws IOException;

  /** Reads what {@link #writeState} wrote for a table of the same dimensions. */
  void readState(DataInput in) throws IOException;
}
