package io.millrace.table;

import java.util.Arrays;

/**
 * The rows of a table as a server stores them. Immutable by contract: arrays are shared and must
 * not be written.
 */
public sealed interface StoredRows permits StoredRows.Dense, StoredRows.Factors, SparseRows {

  /** Number of rows. */
  int count();

  /** Floats of a row as it is looked up. */
  int length();

  /** Adds a row to {@code out[to .. to + length)}. */
  void add(int row, float[] out, int to);

  /** Bytes of memory. */
  long bytes();

  /**
   * The same rows but for some; this object does not change.
   *
   * @param rows numbers of the rows that differ, in any order; beyond {@link #count}, rows are added
   * @param values these rows, in that order and in the same form
   */
  default StoredRows with(int[] rows, StoredRows values) {
    throw new UnsupportedOperationException("rows in this form cannot be updated");
  }

  /** Whether every row is finite, as it is looked up. */
  default boolean finite() {
    float[] row = new float[length()];
    for (int r = 0; r < count(); r++) {
      Arrays.fill(row, 0);
      add(r, row, 0);
      if (!finite(row)) {
        return false;
      }
    }
    return true;
  }

  /** Whether every value is finite. */
  static boolean finite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  /** Number of rows after those with the given numbers are set, of {@code count} rows. */
  private static int count(int count, int[] rows) {
    return Arrays.stream(rows).map(row -> row + 1).reduce(count, Math::max);
  }

  /**
   * Dense rows, one after the other.
   *
   * @param values {@code float[count * length]}, row-major
   * @param length floats of a row, at least 1
   */
  @SuppressWarnings("ArrayRecordComponent") // megabytes of weights, shared on purpose
  record Dense(float[] values, int length) implements StoredRows {
    public Dense {
      if (values.length % length != 0) {
        throw new IllegalArgumentException(
            "rows of " + length + " floats must fill the array but it has " + values.length);
      }
    }

    @Override
    public int count() {
      return values.length / length;
    }

    @Override
    public void add(int row, float[] out, int to) {
      int from = row * length;
      for (int j = 0; j < length; j++) {
        out[to + j] += values[from + j];
      }
    }

    @Override
    public long bytes() {
      return (long) values.length * Float.BYTES;
    }

    @Override
    public StoredRows with(int[] rows, StoredRows changed) {
      float[] copy = Arrays.copyOf(values, StoredRows.count(count(), rows) * length);
      for (int i = 0; i < rows.length; i++) {
        Arrays.fill(copy, rows[i] * length, (rows[i] + 1) * length, 0);
        changed.add(i, copy, rows[i] * length);
      }
      return new Dense(copy, length);
    }
  }

  /**
   * Short rows with a common projection: row {@code r} is {@code narrow_r P}.
   *
   * @param narrow {@code float[count * width]}, row-major
   * @param projection {@code P}, {@code float[width * length]}, row-major
   * @param width floats of a short row, at least 1
   * @param length floats of a row as it is looked up
   */
  @SuppressWarnings("ArrayRecordComponent") // as above
  record Factors(float[] narrow, float[] projection, int width, int length) implements StoredRows {
    public Factors {
      if (narrow.length % width != 0 || projection.length != (long) width * length) {
        throw new IllegalArgumentException(
            "factors must be n x "
                + width
                + " and "
                + width
                + " x "
                + length
                + " but had "
                + narrow.length
                + " and "
                + projection.length
                + " floats");
      }
    }

    @Override
    public int count() {
      return narrow.length / width;
    }

    @Override
    public void add(int row, float[] out, int to) {
      for (int i = 0; i < width; i++) {
        float xi = narrow[row * width + i];
        int from = i * length;
        for (int j = 0; j < length; j++) {
          out[to + j] += xi * projection[from + j];
        }
      }
    }

    @Override
    public long bytes() {
      return bytes(count(), width, length);
    }

    /** The short rows change, and the projection is that of {@code changed}. */
    @Override
    public StoredRows with(int[] rows, StoredRows changed) {
      if (!(changed instanceof Factors other) || other.width != width || other.length != length) {
        throw new IllegalArgumentException(
            "rows must be factors of " + width + " and " + length + " floats as those they replace");
      }
      float[] copy = Arrays.copyOf(narrow, StoredRows.count(count(), rows) * width);
      for (int i = 0; i < rows.length; i++) {
        System.arraycopy(other.narrow, i * width, copy, rows[i] * width, width);
      }
      return new Factors(copy, other.projection, width, length);
    }

    /** Bytes of {@code count} short rows and their projection. */
    static long bytes(long count, int width, int length) {
      return (count * width + (long) width * length) * Float.BYTES;
    }

    /** The same rows in dense form. */
    public Dense product() {
      float[] values = new float[Math.multiplyExact(count(), length)];
      for (int r = 0; r < count(); r++) {
        add(r, values, r * length);
      }
      return new Dense(values, length);
    }
  }

  /** Copies the rows {@code order[i]} of a row-major array, one after the other. */
  static float[] gather(float[] values, int length, int[] order) {
    float[] gathered = new float[Math.multiplyExact(order.length, length)];
    for (int i = 0; i < order.length; i++) {
      System.arraycopy(values, order[i] * length, gathered, i * length, length);
    }
    return gathered;
  }
}
