package io.millrace.dense.onednn;

/**
 * A view of native floats as a matrix, or as several matrices of one shape.
 *
 * @param floats the floats, from element (0, 0) of the first matrix on
 * @param count number of matrices, stored one after the other
 * @param rows number of rows
 * @param columns number of columns
 * @param rowStride floats from a row to the next
 * @param columnStride floats from a column to the next
 */
record Matrix(
    NativeFloats floats, long count, long rows, long columns, long rowStride, long columnStride) {

  /** A row-major matrix. */
  static Matrix of(NativeFloats floats, long rows, long columns) {
    return many(floats, 1, rows, columns);
  }

  /** Row-major matrices, one after the other. */
  static Matrix many(NativeFloats floats, long count, long rows, long columns) {
    return new Matrix(floats, count, rows, columns, columns, 1);
  }

  /** The same floats with rows and columns exchanged. */
  Matrix transposed() {
    return new Matrix(floats, count, columns, rows, columnStride, rowStride);
  }

  /** Sizes of the dimensions, two for a single matrix. */
  long[] sizes() {
    return count == 1 ? new long[] {rows, columns} : new long[] {count, rows, columns};
  }

  /** Floats from an index to the next, by dimension. */
  long[] strides() {
    return count == 1
        ? new long[] {rowStride, columnStride}
        : new long[] {rows * columns, rowStride, columnStride};
  }
}
