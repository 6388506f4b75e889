package io.millrace.hash;

import io.millrace.hash.MapVersion.Header;
import io.millrace.math.XxHash64;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The file form of a {@link MapVersion}, little-endian, owned by this class:
 *
 * <pre>
 * offset  bytes  content
 *      0      4  magic "MRMV"
 *      4      4  format version: 1 with one lookup, 2 with several
 *      8      4  p, the length of the payload in bytes
 *     12      p  payload
 *   12+p      8  XXH64 of the payload, seed 0: checksum()
 *
 * payload, in this order:
 *   field, spec, options   each: 2 bytes length, then UTF-8
 *   version                4    counts up from 1
 *   window start, end      8+8  event time in ms, start inclusive, end exclusive
 *   rows                   4
 *   kind                   1    0 learned, 1 hot ids kept, 2 two levels, 3 frequency-based double,
 *                               4 plain
 *   cold policy            1    0 cluster, 1 hash, 2 reserve
 *   lookups L              1    in format 2 only, where it is at least 2
 *   for each lookup:
 *     first row of cold ids  4
 *     rows of cold ids       4
 *   seed                   8
 *   signature bits         1
 *   owned rows             4    only if the kind is two levels
 *   n                      4    number of known ids
 *   ids                    8n   strictly ascending as signed numbers
 *   rows of the ids        4nL  each in [0, rows), id by id; -1 for none
 *   counts of the ids      8n   IEEE doubles, finite, at least 0
 * </pre>
 */
final class MapFormat {

  private static final int MAGIC = 'M' | 'R' << 8 | 'M' << 16 | 'V' << 24;
  private static final int ONE_ROW = 1;
  private static final int SEVERAL_ROWS = 2;
  private static final int FRAME_BYTES = 12;

  private MapFormat() {}

  /** Writes a map of a payload, and flushes; does not close. */
  static void write(int lookups, byte[] payload, long checksum, OutputStream out)
      throws IOException {
    byte[] frame = new byte[FRAME_BYTES];
    littleEndian(frame).putInt(MAGIC).putInt(format(lookups)).putInt(payload.length);
    out.write(frame);
    out.write(payload);
    byte[] end = new byte[Long.BYTES];
    littleEndian(end).putLong(checksum);
    out.write(end);
    out.flush();
  }

  /**
   * Reads what {@link #write} wrote. Memory grows with the bytes that are really there, not with a
   * length that a damaged file claims.
   *
   * @param name where the bytes come from, for the message
   * @throws IOException if the bytes are cut, damaged or of another format
   */
  static MapVersion read(InputStream in, String name) throws IOException {
    DataInputStream data = new DataInputStream(in);
    try {
      int format = readFormat(data, name);
      int length = readLength(data, name);
      byte[] payload = data.readNBytes(length);
      if (payload.length < length) {
        throw new EOFException();
      }
      long written = Long.reverseBytes(data.readLong());
      long computed = XxHash64.hash(payload, 0);
      if (written != computed) {
        throw new IOException(
            "%s: damaged, its checksum must be %016x but is %016x"
                .formatted(name, written, computed));
      }
      return decode(format, payload, name);
    } catch (EOFException e) {
      throw new IOException(name + ": cut short, the map ends before its length", e);
    }
  }

  private static int readFormat(DataInputStream data, String name) throws IOException {
    if (Integer.reverseBytes(data.readInt()) != MAGIC) {
      throw new IOException(name + ": not a map file, the magic is missing");
    }
    int format = Integer.reverseBytes(data.readInt());
    if (format != ONE_ROW && format != SEVERAL_ROWS) {
      throw new IOException(name + ": map file format must be 1 or 2 but was " + format);
    }
    return format;
  }

  private static int readLength(DataInputStream data, String name) throws IOException {
    int length = Integer.reverseBytes(data.readInt());
    if (length < 0) {
      throw new IOException(name + ": damaged, the payload's length is " + length);
    }
    return length;
  }

  private static int format(int lookups) {
    return lookups == 1 ? ONE_ROW : SEVERAL_ROWS;
  }

  /**
   * The payload.
   *
   * @param rowOf rows of each id, {@code int[ids.length * lookups]}
   */
  static byte[] encode(Header header, long[] ids, int[] rowOf, double[] counts) {
    byte[][] texts = {text(header.field()), text(header.spec()), text(header.options())};
    long length = headerBytes(header) + entryBytes(header.lookups()) * ids.length;
    for (byte[] text : texts) {
      length += text.length;
    }
    byte[] bytes = new byte[Math.toIntExact(length)];
    ByteBuffer out = littleEndian(bytes);
    for (byte[] text : texts) {
      out.putShort((short) text.length).put(text);
    }
    encodeNumbers(header, out);
    out.putInt(ids.length);
    out.asLongBuffer().put(ids);
    out.position(out.position() + 8 * ids.length);
    out.asIntBuffer().put(rowOf);
    out.position(out.position() + 4 * rowOf.length);
    out.asDoubleBuffer().put(counts);
    return bytes;
  }

  private static void encodeNumbers(Header header, ByteBuffer out) {
    out.putInt(header.version()).putLong(header.windowStart()).putLong(header.windowEnd());
    out.putInt(header.rows());
    out.put((byte) header.kind().code).put((byte) header.cold().code());
    if (format(header.lookups()) == SEVERAL_ROWS) {
      out.put((byte) header.lookups());
    }
    for (RowRange range : header.coldRanges()) {
      out.putInt(range.first()).putInt(range.rows());
    }
    out.putLong(header.seed()).put((byte) header.signatureBits());
    if (header.kind() == MapVersion.Kind.TWO_LEVEL) {
      out.putInt(header.ownedRows());
    }
  }

  /** Bytes before the entries, without those of the texts. */
  private static long headerBytes(Header header) {
    return 45L
        + (format(header.lookups()) == SEVERAL_ROWS ? 1 : 0)
        + 8L * header.lookups()
        + (header.kind() == MapVersion.Kind.TWO_LEVEL ? Integer.BYTES : 0);
  }

  private static long entryBytes(int lookups) {
    return 8 + 4L * lookups + 8;
  }

  private static MapVersion decode(int format, byte[] payload, String name) throws IOException {
    ByteBuffer in = littleEndian(payload);
    try {
      Header header = decodeHeader(format, in);
      int n = in.getInt();
      if (n < 0 || entryBytes(header.lookups()) * n != in.remaining()) {
        throw new IOException(
            name + ": damaged, " + in.remaining() + " bytes are left for " + n + " ids");
      }
      long[] ids = new long[n];
      int[] rowOf = new int[n * header.lookups()];
      double[] counts = new double[n];
      in.asLongBuffer().get(ids);
      in.position(in.position() + 8 * n).asIntBuffer().get(rowOf);
      in.position(in.position() + 4 * rowOf.length).asDoubleBuffer().get(counts);
      return new MapVersion(header, ids, rowOf, counts);
    } catch (IllegalArgumentException | BufferUnderflowException | IndexOutOfBoundsException e) {
      throw new IOException(name + ": damaged, " + e.getMessage(), e);
    }
  }

  private static Header decodeHeader(int format, ByteBuffer in) {
    String field = text(in);
    String spec = text(in);
    String options = text(in);
    int version = in.getInt();
    long windowStart = in.getLong();
    long windowEnd = in.getLong();
    int rows = in.getInt();
    MapVersion.Kind kind = MapVersion.Kind.of(in.get());
    ColdPolicy cold = ColdPolicy.of(in.get());
    int lookups = format == ONE_ROW ? 1 : in.get();
    List<RowRange> coldRanges = new ArrayList<>();
    for (int h = 0; h < lookups; h++) {
      coldRanges.add(new RowRange(in.getInt(), in.getInt()));
    }
    long seed = in.getLong();
    int signatureBits = in.get();
    int ownedRows = kind == MapVersion.Kind.TWO_LEVEL ? in.getInt() : 0;
    return new Header(
        field,
        spec,
        version,
        windowStart,
        windowEnd,
        rows,
        kind,
        cold,
        coldRanges,
        seed,
        signatureBits,
        ownedRows,
        options);
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > 0xFFFF) {
      throw new IllegalArgumentException("a text must have at most 65535 bytes");
    }
    return bytes;
  }

  private static String text(ByteBuffer in) {
    byte[] bytes = new byte[in.getShort() & 0xFFFF];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
