package io.millrace.table;

/**
 * Rows with mostly zero weights: the nonzero weights, and a bit for each weight.
 *
 * <pre>
 * mask     ceil(length / 8) bytes per row; weight j's bit is bit j % 8 of byte j / 8
 * values   the weights whose bit is set, row by row, each in the format of the rows, not INT8
 * starts   where every 16th row's values start; not stored, computed when read
 * </pre>
 */
public final class SparseRows implements StoredRows {

  private static final int BLOCK = 16;

  private final byte[] mask;
  private final Dense values;
  private final int[] starts;
  private final int count;
  private final int length;

  /**
   * Rows in FLOAT32 from their two arrays.
   *
   * @param mask as drawn above; shared, must not be written
   * @param values as many as the mask has bits
   * @param count number of rows
   * @param length floats of a row as it is looked up, at least 1
   */
  public SparseRows(byte[] mask, float[] values, int count, int length) {
    this(mask, new Dense(values, 1), count, length);
  }

  /**
   * Rows from their mask and weights.
   *
   * @param mask as drawn above; shared, must not be written
   * @param values as many as the mask has bits, of length 1
   * @param count number of rows
   * @param length floats of a row as it is looked up, at least 1
   */
  public SparseRows(byte[] mask, Dense values, int count, int length) {
    if (mask.length != (long) count * maskBytes(length)) {
      throw new IllegalArgumentException(
          "mask must have "
              + (long) count * maskBytes(length)
              + " bytes for "
              + count
              + " rows of "
              + length
              + " but had "
              + mask.length);
    }
    this.mask = mask;
    this.values = values;
    this.count = count;
    this.length = length;
    this.starts = new int[count / BLOCK + 1];
    int bits = 0;
    for (int r = 0; r < count; r++) {
      if (r % BLOCK == 0) {
        starts[r / BLOCK] = bits;
      }
      bits += bits(r);
    }
    if (bits != values.count()) {
      throw new IllegalArgumentException(
          "values must be as many as the mask has bits (" + bits + ") but were " + values.count());
    }
  }

  private static int maskBytes(int length) {
    return (length + 7) / 8;
  }

  /** Number of stored weights of a row. */
  private int bits(int row) {
    int bits = 0;
    int bytes = maskBytes(length);
    for (int i = row * bytes; i < (row + 1) * bytes; i++) {
      bits += Integer.bitCount(mask[i] & 0xFF);
    }
    return bits;
  }

  /** The sparse form of rows if it takes fewer bytes, else the dense form. */
  static StoredRows smaller(Dense dense) {
    int length = dense.length();
    float[] weights = dense.values();
    int left = 0;
    for (float v : weights) {
      left += v == 0 ? 0 : 1;
    }
    if (bytes(dense.count(), length, left, dense.format()) >= dense.bytes()) {
      return dense;
    }
    byte[] mask = new byte[dense.count() * maskBytes(length)];
    float[] values = new float[left];
    int next = 0;
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] != 0) {
        int j = i % length;
        mask[i / length * maskBytes(length) + j / 8] |= (byte) (1 << j % 8);
        values[next++] = weights[i];
      }
    }
    return new SparseRows(mask, new Dense(values, 1).in(dense.format()), dense.count(), length);
  }

  /** Bytes of {@code rows} rows of {@code length} weights, of which {@code left} are not 0. */
  static long bytes(long rows, int length, long left, RowFormat format) {
    return rows * maskBytes(length)
        + left * format.rowBytes(1)
        + (rows / BLOCK + 1) * Integer.BYTES;
  }

  /** The bits; must not be written. */
  public byte[] mask() {
    return mask;
  }

  /** The weights that are not 0, as rows of length 1. */
  public Dense values() {
    return values;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public RowFormat format() {
    return values.format();
  }

  @Override
  public void add(int row, float[] out, int to) {
    int next = starts[row / BLOCK];
    for (int r = row / BLOCK * BLOCK; r < row; r++) {
      next += bits(r);
    }
    int bytes = maskBytes(length);
    for (int j = 0; j < length; j++) {
      if ((mask[row * bytes + j / 8] >> j % 8 & 1) != 0) {
        values.add(next++, out, to + j);
      }
    }
  }

  @Override
  public long bytes() {
    return bytes(count, length, values.count(), format());
  }
}
