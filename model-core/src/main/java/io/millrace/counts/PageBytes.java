package io.millrace.counts;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The bytes of a page of counts.
 *
 * <pre>
 * i8 format, 1 | i8 columns | i32 n | i64 id (n times) | each column: i8 coding, n numbers
 *
 * coding 0  all are 0: nothing follows
 *        1  unsigned LEB128: seven bits a byte, the lower ones first
 *        2  the same, of floating-point numbers that are all whole and below 2^53
 *        3  i64, or the bits of a floating-point number
 * </pre>
 *
 * <p>Integers are big-endian. Ids are in the order of their table, not sorted: a page is read as a
 * whole. Most counts are small, so a table of a pane takes 10 bytes an id.
 */
final class PageBytes {

  private static final int FORMAT = 1;
  private static final int HEADER = 6;
  private static final int ZEROS = 0;
  private static final int VARINTS = 1;
  private static final int WHOLE = 2;
  private static final int RAW = 3;
  private static final int MAX_VARINT = 10;
  private static final double EXACT = 1L << 53;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private byte[] buffer = new byte[0];
  private int length;

  /** A table as bytes of its own. */
  byte[] encode(IdTable table, int floating) {
    int n = table.size();
    int most = HEADER + 8 * n + table.width() * (1 + MAX_VARINT * n);
    if (buffer.length < most) {
      buffer = new byte[most];
    }
    buffer[0] = FORMAT;
    buffer[1] = (byte) table.width();
    INTS.set(buffer, 2, n);
    length = HEADER;
    for (int at = table.next(-1); at >= 0; at = table.next(at)) {
      LONGS.set(buffer, length, table.id(at));
      length += 8;
    }
    for (int c = 0; c < table.width(); c++) {
      encode(table, c, coding(table, c, c < floating));
    }
    return Arrays.copyOf(buffer, length);
  }

  private static int coding(IdTable table, int column, boolean floating) {
    long any = 0;
    boolean whole = floating;
    for (int at = table.next(-1); at >= 0; at = table.next(at)) {
      any |= table.get(at, column);
      double value = whole ? table.getDouble(at, column) : 0;
      whole &= value >= 0 && value < EXACT && value == (long) value;
    }
    if (any == 0) {
      return ZEROS;
    }
    return floating ? whole ? WHOLE : RAW : any > 0 ? VARINTS : RAW;
  }

  private void encode(IdTable table, int column, int coding) {
    buffer[length++] = (byte) coding;
    if (coding == ZEROS) {
      return;
    }
    for (int at = table.next(-1); at >= 0; at = table.next(at)) {
      long value = table.get(at, column);
      if (coding == RAW) {
        LONGS.set(buffer, length, value);
        length += 8;
      } else {
        varint(coding == WHOLE ? (long) Double.longBitsToDouble(value) : value);
      }
    }
  }

  private void varint(long value) {
    while (value > 0x7F) {
      buffer[length++] = (byte) (value | 0x80);
      value >>>= 7;
    }
    buffer[length++] = (byte) value;
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IOException if the bytes have another format or width, or are damaged
   */
  static IdTable decode(byte[] bytes, int width) throws IOException {
    if (bytes.length < HEADER || bytes[0] != FORMAT || bytes[1] != width) {
      throw new IOException(
          "a page of counts must have format " + FORMAT + " and " + width + " columns");
    }
    try {
      return new Reader(bytes).read(width);
    } catch (IndexOutOfBoundsException e) {
      throw new IOException("a page of counts is cut off at " + bytes.length + " bytes", e);
    }
  }

  /** Reads the bytes in order. */
  private static final class Reader {
    private final byte[] bytes;
    private int from = HEADER;

    Reader(byte[] bytes) {
      this.bytes = bytes;
    }

    IdTable read(int width) throws IOException {
      int n = (int) INTS.get(bytes, 2);
      if (n < 0 || n > (bytes.length - HEADER) / 8) {
        throw new IOException("a page of %d bytes cannot hold %d ids".formatted(bytes.length, n));
      }
      IdTable table = new IdTable(width, n);
      int[] positions = new int[n];
      for (int i = 0; i < n; i++, from += 8) {
        long id = (long) LONGS.get(bytes, from);
        positions[i] = table.claim(id, IdTable.hash(id));
      }
      for (int c = 0; c < width; c++) {
        readColumn(table, c, positions);
      }
      return table;
    }

    private void readColumn(IdTable table, int column, int[] positions) throws IOException {
      int coding = bytes[from++];
      switch (coding) {
        case ZEROS -> {}
        case VARINTS -> {
          for (int at : positions) {
            table.set(at, column, varint());
          }
        }
        case WHOLE -> {
          for (int at : positions) {
            table.setDouble(at, column, (double) varint());
          }
        }
        case RAW -> {
          for (int at : positions) {
            table.set(at, column, (long) LONGS.get(bytes, from));
            from += 8;
          }
        }
        default -> throw new IOException("a column's coding must be in 0..3 but was " + coding);
      }
    }

    private long varint() {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        byte next = bytes[from++];
        value |= (next & 0x7FL) << shift;
        if (next >= 0) {
          return value;
        }
      }
    }
  }
}
