package io.millrace.dense.onednn;

/**
 * How to read native floats as a matrix.
 *
 * @param floats where element (0, 0) is the first
 * @param rows number of rows
 * @param columns number of columns
 * @param rowStride floats from a row to the next
 * @param columnStride floats from a column to the next
 */
record Matrix(NativeFloats floats, long rows, long columns, long rowStride, long columnStride) {

  /** Row after row. */
  static Matrix of(NativeFloats floats, long rows, long columns) {
    return new Matrix(floats, rows, columns, columns, 1);
  }

  /** The same floats with rows and columns exchanged. */
  Matrix transposed() {
    return new Matrix(floats, columns, rows, columnStride, rowStride);
  }
}
