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

  /** How the floats of its rows are stored, those of a projection excepted. */
  RowFormat format();

  /** Adds a row to {@code out[to .. to + length)}. */
  void add(int row, float[] out, int to);

  /**
   * Reads a little of a row, so that it is in the processor's cache when it is added: reads of
   * several rows wait for memory together.
   *
   * @return any number, to be used in some way, so that the read is not optimised away
   */
  default float touch(int row) {
    return 0;
  }

  /** Bytes of memory. */
  long bytes();

  /** The first row with a float that is not finite; -1 if all are finite. */
  default int firstNotFinite() {
    float[] row = new float[length()];
    for (int r = 0; r < count(); r++) {
      Arrays.fill(row, 0);
      add(r, row, 0);
      for (float v : row) {
        if (!Float.isFinite(v)) {
          return r;
        }
      }
    }
    return -1;
  }

  /**
   * The same rows but for some; this object does not change.
   *
   * @param rows numbers of the rows that differ, in any order; beyond {@link #count}, rows are
   *     added
   * @param values these rows, in that order and in the same form
   */
  default StoredRows with(int[] rows, StoredRows values) {
    throw new UnsupportedOperationException("rows in this form cannot be updated");
  }

  /** Number of rows after those with the given numbers are set, of {@code count} rows. */
  private static int count(int count, int[] rows) {
    return Arrays.stream(rows).map(row -> row + 1).reduce(count, Math::max);
  }

  /** Writes a row, as it is in training, to a buffer of its length. */
  @FunctionalInterface
  interface RowSource {
    void copy(int row, float[] out);
  }

  /**
   * Whole rows, one after the other, each in the bytes of its {@link RowFormat}. They lie in pages
   * of {@value #PAGE} rows; an object that is made {@link #with} other rows shares all other pages.
   *
   * <p>The pages of a new object are parts of large arrays: a garbage collector leaves those where
   * they are, while it would copy a young version's many small ones beside requests.
   */
  final class Dense implements StoredRows {

    /** Rows of a page. */
    static final int PAGE = 64;

    /**
     * Most bytes of an array with several pages: just under 4 MB, header included, so that it fills
     * whole regions of G1, which does not copy what is larger than half of a region.
     */
    static final int CHUNK = (4 << 20) - 64;

    private final RowFormat format;
    private final int count;
    private final int length;
    private final int rowBytes;
    private final byte[][] pages;

    /** Where each page begins in its array. */
    private final int[] starts;

    /** Rows of zeros, to be filled. */
    private Dense(RowFormat format, int count, int length) {
      this(format, count, length, new byte[pages(count)][], new int[pages(count)]);
      int pageBytes = PAGE * rowBytes;
      int together = Math.max(1, CHUNK / pageBytes);
      for (int p = 0; p < pages.length; p++) {
        int i = p % together;
        starts[p] = i * pageBytes;
        pages[p] =
            i > 0
                ? pages[p - 1]
                : new byte[Math.multiplyExact(Math.min(together, pages.length - p), pageBytes)];
      }
    }

    private Dense(RowFormat format, int count, int length, byte[][] pages, int[] starts) {
      this.format = format;
      this.count = count;
      this.length = length;
      this.rowBytes = format.rowBytes(length);
      this.pages = pages;
      this.starts = starts;
    }

    /**
     * Rows in FLOAT32.
     *
     * @param values {@code float[count * length]}, row-major, which are copied
     * @param length floats of a row, at least 1
     */
    public Dense(float[] values, int length) {
      this(RowFormat.FLOAT32, rows(values, length), length, values);
    }

    private Dense(RowFormat format, int count, int length, float[] values) {
      this(format, count, length);
      encode((r, out) -> System.arraycopy(values, r * length, out, 0, length));
    }

    /**
     * Rows that are rounded to a format.
     *
     * @param count number of rows
     * @param length floats of a row, at least 1
     * @param source of the rows
     */
    public static Dense of(RowFormat format, int count, int length, RowSource source) {
      Dense rows = new Dense(format, count, length);
      rows.encode(source);
      return rows;
    }

    private static int rows(float[] values, int length) {
      if (values.length % length != 0) {
        throw new IllegalArgumentException(
            "rows of " + length + " floats must fill the array but it has " + values.length);
      }
      return values.length / length;
    }

    private static int pages(int count) {
      return count / PAGE + (count % PAGE == 0 ? 0 : 1);
    }

    private void encode(RowSource source) {
      float[] row = new float[length];
      for (int r = 0; r < count; r++) {
        source.copy(r, row);
        format.encode(row, pages[r / PAGE], at(r));
      }
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
      return format;
    }

    @Override
    public void add(int row, float[] out, int to) {
      format.add(pages[row / PAGE], at(row), length, out, to);
    }

    /** Where a row begins in the array of its page. */
    private int at(int row) {
      return starts[row / PAGE] + row % PAGE * rowBytes;
    }

    @Override
    public float touch(int row) {
      byte[] page = pages[row / PAGE];
      int from = at(row);
      return page[from] + page[from + rowBytes - 1];
    }

    @Override
    public long bytes() {
      return (long) count * rowBytes;
    }

    /** A copy of the rows as floats, {@code float[count * length]}, row-major. */
    public float[] values() {
      float[] values = new float[Math.multiplyExact(count, length)];
      for (int r = 0; r < count; r++) {
        add(r, values, r * length);
      }
      return values;
    }

    /** The rows in a format: these if it is theirs, else rounded to it. */
    public Dense in(RowFormat wanted) {
      return wanted == format ? this : of(wanted, count, length, this::copy);
    }

    private void copy(int row, float[] out) {
      Arrays.fill(out, 0);
      add(row, out, 0);
    }

    @Override
    public Dense with(int[] rows, StoredRows changed) {
      if (!(changed instanceof Dense dense)) {
        throw new IllegalArgumentException("rows must be dense as those they replace");
      }
      int all = StoredRows.count(count, rows);
      Dense values = dense.in(format);
      int pageBytes = PAGE * rowBytes;
      Dense copy =
          new Dense(
              format,
              all,
              length,
              Arrays.copyOf(pages, pages(all)),
              Arrays.copyOf(starts, pages(all)));
      for (int p = pages.length; p < copy.pages.length; p++) {
        copy.pages[p] = new byte[pageBytes];
      }
      for (int i = 0; i < rows.length; i++) {
        int p = rows[i] / PAGE;
        if (p < pages.length && copy.pages[p] == pages[p]) {
          copy.pages[p] = Arrays.copyOfRange(pages[p], starts[p], starts[p] + pageBytes);
          copy.starts[p] = 0;
        }
        System.arraycopy(
            values.pages[i / PAGE], values.at(i), copy.pages[p], copy.at(rows[i]), rowBytes);
      }
      return copy;
    }

    /** What of each row is copied. */
    public enum Part {
      /** Its floats, without a scale. */
      VALUES,
      /** Its scale. */
      SCALES,
      /** All of it: its floats, then its scale. */
      ROWS
    }

    /** Bytes of a part of one row. */
    public int width(Part part) {
      int scale = format.scaleBytes();
      return part == Part.ROWS ? rowBytes : part == Part.SCALES ? scale : rowBytes - scale;
    }

    /**
     * Copies bytes of a part of all rows, row by row: {@code n} bytes from byte {@code at} on.
     *
     * @param out receives them from its begin on
     */
    public void read(Part part, long at, byte[] out, int n) {
      walk(part, at, n, (page, from, i, k) -> System.arraycopy(page, from, out, i, k));
    }

    /** Receives {@code n} bytes of a page, which are the bytes from {@code i} on of a walk. */
    @FunctionalInterface
    private interface Span {
      void take(byte[] page, int from, int i, int n);
    }

    private void walk(Part part, long at, int n, Span span) {
      int width = width(part);
      int offset = part == Part.SCALES ? rowBytes - width : 0;
      int done = 0;
      while (done < n) {
        int row = (int) ((at + done) / width);
        int within = (int) ((at + done) % width);
        int k = Math.min(width - within, n - done);
        span.take(pages[row / PAGE], at(row) + offset + within, done, k);
        done += k;
      }
    }

    /** Makes rows from bytes that {@link Dense#read} gave. */
    public static final class Builder {

      private final Dense rows;

      /** Rows of zeros, to be filled. */
      public Builder(RowFormat format, int count, int length) {
        rows = new Dense(format, count, length);
      }

      /** Sets what {@link Dense#read} copied. */
      public void put(Part part, long at, byte[] bytes, int n) {
        rows.walk(part, at, n, (page, to, i, k) -> System.arraycopy(bytes, i, page, to, k));
      }

      /** The rows; the builder must not be used any more. */
      public Dense build() {
        return rows;
      }
    }
  }

  /**
   * Short rows with a common projection: row {@code r} is {@code narrow_r P}.
   *
   * @param narrow the short rows, of at least 1 float
   * @param projection {@code P}, {@code float[width * length]}, row-major
   * @param length floats of a row as it is looked up
   */
  @SuppressWarnings("ArrayRecordComponent") // megabytes of weights, shared on purpose
  record Factors(Dense narrow, float[] projection, int length) implements StoredRows {
    public Factors {
      if (projection.length != (long) narrow.length() * length) {
        throw new IllegalArgumentException(
            "factors must be n x "
                + narrow.length()
                + " and "
                + narrow.length()
                + " x "
                + length
                + " but the second had "
                + projection.length
                + " floats");
      }
    }

    /** Floats of a short row. */
    public int width() {
      return narrow.length();
    }

    @Override
    public int count() {
      return narrow.count();
    }

    @Override
    public RowFormat format() {
      return narrow.format();
    }

    @Override
    public float touch(int row) {
      return narrow.touch(row);
    }

    @Override
    public void add(int row, float[] out, int to) {
      float[] x = new float[width()];
      narrow.add(row, x, 0);
      for (int i = 0; i < x.length; i++) {
        float xi = x[i];
        int from = i * length;
        for (int j = 0; j < length; j++) {
          out[to + j] += xi * projection[from + j];
        }
      }
    }

    @Override
    public long bytes() {
      return bytes(count(), width(), length, format());
    }

    /** The short rows change, and the projection is that of {@code changed}. */
    @Override
    public Factors with(int[] rows, StoredRows changed) {
      if (!(changed instanceof Factors other)
          || other.width() != width()
          || other.length != length) {
        throw new IllegalArgumentException(
            "rows must be factors of "
                + width()
                + " and "
                + length
                + " floats as those they replace");
      }
      return new Factors(narrow.with(rows, other.narrow), other.projection, length);
    }

    /** Bytes of {@code count} short rows and their projection. */
    static long bytes(long count, int width, int length, RowFormat format) {
      return count * format.rowBytes(width) + (long) width * length * Float.BYTES;
    }
  }
}
