package io.millrace.snapshot;

import io.millrace.snapshot.Safetensors.DType;
import io.millrace.table.RowFormat;
import io.millrace.table.SparseRows;
import io.millrace.table.StoredRows;
import io.millrace.table.StoredRows.Dense;
import io.millrace.table.StoredRows.Dense.Part;
import java.io.IOException;

/**
 * The tensors of a field's rows.
 *
 * <pre>
 * dense     NAME.rows [rows, row length]
 * factors   NAME.rows [rows, width], NAME.projection [width, row length] (F32)
 * sparse    NAME.mask (U8, see {@link SparseRows}), NAME.values [weights left]
 * </pre>
 *
 * <p>Rows and values are F32, F16, BF16 or I8 by their {@link RowFormat}; with I8, {@code
 * NAME.scales} [rows] (BF16) has the scale of each row.
 */
final class RowTensors {

  private static final String ROWS = ".rows";
  private static final String SCALES = ".scales";
  private static final String PROJECTION = ".projection";
  private static final String MASK = ".mask";
  private static final String VALUES = ".values";

  private RowTensors() {}

  /** Adds the tensors of rows to a file. */
  static void add(String name, StoredRows rows, Safetensors.Writer writer) {
    if (rows instanceof Dense dense) {
      addDense(name, dense, writer);
    } else if (rows instanceof StoredRows.Factors factors) {
      addDense(name, factors.narrow(), writer);
      writer.f32(name + PROJECTION, factors.projection(), factors.width(), factors.length());
    } else if (rows instanceof SparseRows sparse) {
      writer.u8(name + MASK, sparse.mask(), sparse.mask().length);
      Dense values = sparse.values();
      writer.raw(name + VALUES, type(values.format()), bytes(values, Part.VALUES), values.count());
    }
  }

  private static void addDense(String name, Dense rows, Safetensors.Writer writer) {
    DType type = type(rows.format());
    writer.raw(name + ROWS, type, bytes(rows, Part.VALUES), rows.count(), rows.length());
    if (rows.format().scaleBytes() > 0) {
      writer.raw(name + SCALES, DType.BF16, bytes(rows, Part.SCALES), rows.count());
    }
  }

  private static Safetensors.Bytes bytes(Dense rows, Part part) {
    return (at, block, n) -> rows.read(part, at, block, n);
  }

  private static DType type(RowFormat format) {
    return switch (format) {
      case FLOAT32 -> DType.F32;
      case FLOAT16 -> DType.F16;
      case BF16 -> DType.BF16;
      case INT8 -> DType.I8;
    };
  }

  /**
   * Reads rows.
   *
   * @throws IOException also if rows that are not in FLOAT32 are not finite
   */
  static StoredRows read(Manifest.Field field, String name, Safetensors tensors)
      throws IOException {
    int length = field.rowLength();
    return switch (field.stored()) {
      case DENSE -> readDense(field, length, name, tensors);
      case FACTORS -> {
        float[] projection = tensors.f32(name + PROJECTION, -1);
        int width = projection.length / length;
        yield new StoredRows.Factors(readDense(field, width, name, tensors), projection, length);
      }
      case SPARSE -> readSparse(field, name, tensors);
    };
  }

  private static Dense readDense(Manifest.Field field, int length, String name, Safetensors tensors)
      throws IOException {
    Dense.Builder rows = new Dense.Builder(field.precision(), field.rows(), length);
    readValues(rows, name + ROWS, (long) field.rows() * length, field, tensors);
    if (field.precision().scaleBytes() > 0) {
      tensors.raw(
          name + SCALES,
          DType.BF16,
          field.rows(),
          (at, block, n) -> rows.put(Part.SCALES, at, block, n));
    }
    return finite(rows.build(), name + ROWS, tensors);
  }

  private static SparseRows readSparse(Manifest.Field field, String name, Safetensors tensors)
      throws IOException {
    byte[] mask = tensors.u8(name + MASK, -1);
    int left = 0;
    for (byte bits : mask) {
      left += Integer.bitCount(bits & 0xFF);
    }
    Dense.Builder values = new Dense.Builder(field.precision(), left, 1);
    readValues(values, name + VALUES, left, field, tensors);
    Dense weights = finite(values.build(), name + VALUES, tensors);
    return new SparseRows(mask, weights, field.rows(), field.rowLength());
  }

  private static void readValues(
      Dense.Builder rows, String tensor, long elements, Manifest.Field field, Safetensors tensors)
      throws IOException {
    DType type = type(field.precision());
    tensors.raw(tensor, type, elements, (at, block, n) -> rows.put(Part.VALUES, at, block, n));
  }

  private static Dense finite(Dense rows, String tensor, Safetensors tensors) throws IOException {
    int row = rows.format() == RowFormat.FLOAT32 ? -1 : rows.firstNotFinite();
    if (row >= 0) {
      throw tensors.bad("tensor '" + tensor + "' must be finite but is not in row " + row);
    }
    return rows;
  }
}
