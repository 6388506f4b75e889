package io.millrace.hash;

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
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * One version of one field's learned map, written out in full: which id uses which row, from which
 * window it was built, and what happens to all other ids (ALGORITHMS 7.3). Immutable.
 *
 * <p>This is the artefact that a refresh publishes and that row remapping (7.4) reads. {@link
 * #toHash} compiles it into the compact form that both training and serving use, so that a model is
 * served with exactly the rows that it was trained with.
 *
 * <p>File form, little-endian, owned by this class:
 *
 * <pre>
 * offset  bytes  content
 *      0      4  magic "MRMV"
 *      4      4  format version, 1
 *      8      4  p, the length of the payload in bytes
 *     12      p  payload
 *   12+p      8  XXH64 of the payload, seed 0: checksum()
 *
 * payload, in this order:
 *   field, spec, options   each: 2 bytes length, then UTF-8
 *   version                4    counts up from 1
 *   window start, end      8+8  event time in ms, start inclusive, end exclusive
 *   rows                   4
 *   kind                   1    0 learned, 1 hot ids kept, 2 two levels
 *   cold policy            1    0 cluster, 1 hash, 2 reserve
 *   first row of cold ids  4
 *   rows of cold ids       4
 *   seed                   8
 *   signature bits         1
 *   owned rows             4    only if the kind is two levels
 *   n                      4    number of known ids
 *   ids                    8n   strictly ascending as signed numbers
 *   rows of the ids        4n   each in [0, rows)
 *   counts of the ids      8n   IEEE doubles, finite, at least 0
 * </pre>
 */
public final class MapVersion {

  /** How the rows were chosen. */
  public enum Kind {
    /** By clustering the teacher's values; cold ids by the cold policy. */
    LEARNED(0),
    /** Hot ids alone in their rows; the known ids are the hot ones only, all others are hashed. */
    HOT_KEPT(1),
    /**
     * Hot ids alone in the rows that a {@link MinimalPerfectHash} numbers; those in the middle in
     * the rows of their clusters; all others are listed too, and hashed.
     */
    TWO_LEVEL(2);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    private static Kind of(int code) {
      for (Kind kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      throw new IllegalArgumentException("kind must be 0, 1 or 2 but was " + code);
    }
  }

  /**
   * Everything of a map but its entries.
   *
   * @param field name of the categorical field
   * @param spec names how maps of this line are built, for example {@code learned-r3510-reserve}
   * @param version counts up from 1 within (spec, field)
   * @param windowStart start of the data that the map was built from, event time in ms, inclusive
   * @param windowEnd end of that data, event time in ms, exclusive
   * @param rows rows of the table, at least 1
   * @param kind how the rows were chosen
   * @param cold what happens to ids without a count
   * @param coldFirst first row that unknown ids use
   * @param coldRows how many rows unknown ids use, at least 1
   * @param seed chooses the hash of unknown ids; stable between versions
   * @param signatureBits width of the compiled map's fingerprint, 0 to 16
   * @param ownedRows how many of the first rows are for hot ids alone, at most {@code coldFirst}; 0
   *     but for {@link Kind#TWO_LEVEL}
   * @param options the options of the clustering in one line, for the record
   */
  public record Header(
      String field,
      String spec,
      int version,
      long windowStart,
      long windowEnd,
      int rows,
      Kind kind,
      ColdPolicy cold,
      int coldFirst,
      int coldRows,
      long seed,
      int signatureBits,
      int ownedRows,
      String options) {

    public Header {
      if (version < 1) {
        throw new IllegalArgumentException("version must be >= 1 but was " + version);
      }
      if (windowEnd < windowStart) {
        throw new IllegalArgumentException(
            "window must not end before it starts but was ["
                + windowStart
                + ", "
                + windowEnd
                + ")");
      }
      if (rows < 1) {
        throw new IllegalArgumentException("rows must be >= 1 but was " + rows);
      }
      if (coldFirst < 0 || coldRows < 1 || (long) coldFirst + coldRows > rows) {
        throw new IllegalArgumentException(
            "rows of cold ids must lie in [0, "
                + rows
                + ") but were "
                + coldRows
                + " from "
                + coldFirst);
      }
      if (signatureBits < 0 || signatureBits > StaticMap.MAX_SIGNATURE_BITS) {
        throw new IllegalArgumentException(
            "signature_bits must be in 0..16 but was " + signatureBits);
      }
      int mostOwned = kind == Kind.TWO_LEVEL ? coldFirst : 0;
      if (ownedRows < 0 || ownedRows > mostOwned) {
        throw new IllegalArgumentException(
            "owned rows must be in [0, " + mostOwned + "] but were " + ownedRows);
      }
    }
  }

  private static final int MAGIC = 'M' | 'R' << 8 | 'M' << 16 | 'V' << 24;
  private static final int FORMAT = 1;
  private static final int FRAME_BYTES = 12;
  private static final int ENTRY_BYTES = 8 + 4 + 8;

  private final Header header;
  private final long[] ids;
  private final int[] rowOf;
  private final double[] counts;
  private final long checksum;

  /**
   * A map of the given entries; the arrays are copied.
   *
   * @param ids strictly ascending as signed numbers
   * @param rowOf row of each id, in {@code [0, rows)}
   * @param counts count of each id in the window, finite and at least 0
   * @throws IllegalArgumentException if the entries break one of these rules
   */
  public MapVersion(Header header, long[] ids, int[] rowOf, double[] counts) {
    this.header = header;
    this.ids = ids.clone();
    this.rowOf = rowOf.clone();
    this.counts = counts.clone();
    checkEntries(header.rows(), this.ids, this.rowOf, this.counts);
    this.checksum = XxHash64.hash(encode(), 0);
  }

  private static void checkEntries(int rows, long[] ids, int[] rowOf, double[] counts) {
    if (ids.length != rowOf.length || ids.length != counts.length) {
      throw new IllegalArgumentException(
          "as many rows and counts as ids expected but were "
              + rowOf.length
              + ", "
              + counts.length
              + " and "
              + ids.length);
    }
    for (int i = 0; i < ids.length; i++) {
      if (i > 0 && ids[i - 1] >= ids[i]) {
        throw new IllegalArgumentException(
            "ids must ascend but " + ids[i] + " follows " + ids[i - 1]);
      }
      if (rowOf[i] < 0 || rowOf[i] >= rows) {
        throw new IllegalArgumentException("row must be in [0, " + rows + ") but was " + rowOf[i]);
      }
      if (!(counts[i] >= 0 && counts[i] < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("count must be finite and >= 0 but was " + counts[i]);
      }
    }
  }

  /** Everything but the entries. */
  public Header header() {
    return header;
  }

  /** Name of the categorical field. */
  public String field() {
    return header.field();
  }

  /** Counts up from 1 within (spec, field). */
  public int version() {
    return header.version();
  }

  /** Rows of the table. */
  public int rows() {
    return header.rows();
  }

  /** Number of known ids. */
  public int size() {
    return ids.length;
  }

  /** The {@code i}-th known id; ids ascend. */
  public long id(int i) {
    return ids[i];
  }

  /** Row of the {@code i}-th known id. */
  public int row(int i) {
    return rowOf[i];
  }

  /** Count of the {@code i}-th known id in the window that the map was built from. */
  public double count(int i) {
    return counts[i];
  }

  /** Position of {@code id} among the known ids, or a negative number if it is not known. */
  public int indexOf(long id) {
    return Arrays.binarySearch(ids, id);
  }

  /** The known ids, a copy. */
  public long[] ids() {
    return ids.clone();
  }

  /** XXH64 of the payload bytes: equal maps have equal checksums, on every machine. */
  public long checksum() {
    return checksum;
  }

  /** File name of this version within its spec's and field's folder: version and checksum. */
  public String fileName() {
    return String.format("v%05d-%016x.map", header.version(), checksum);
  }

  /**
   * Compiles the map into the hash that is trained and served with. Deterministic.
   *
   * @throws IllegalStateException if hot ids of a two-level map have other rows than they get here
   */
  public CompiledMap toHash() {
    return header.kind() == Kind.TWO_LEVEL ? toTwoLevelHash() : toMappedHash();
  }

  /**
   * The values of the compiled map are as few as the rows of known ids need, not the table's. Of a
   * hot-kept map only the ids that own a row are compiled in; the formula answers for the others.
   */
  private MappedHash toMappedHash() {
    int below = header.kind() == Kind.HOT_KEPT ? header.coldFirst() : header.rows();
    int[] known = positions(0, below);
    int[] rows = Arrays.stream(known).map(i -> rowOf[i]).toArray();
    StaticMap map =
        StaticMap.build(
            pick(known),
            rows,
            Arrays.stream(rows).max().orElse(0) + 1,
            header.signatureBits(),
            header.seed());
    return new MappedHash(header.rows(), header.coldFirst(), header.coldRows(), header.seed(), map);
  }

  private TwoLevelHash toTwoLevelHash() {
    int[] hot = positions(0, header.ownedRows());
    int[] middle = positions(header.ownedRows(), header.coldFirst());
    TwoLevelHash hash =
        TwoLevelHash.build(
            new TwoLevelHash.Shape(
                header.rows(), header.ownedRows(), header.coldFirst(), header.seed()),
            pick(hot),
            pick(middle),
            Arrays.stream(middle).map(i -> rowOf[i] - header.ownedRows()).toArray(),
            header.signatureBits());
    for (int i : hot) {
      if (hash.row(ids[i]) != rowOf[i]) {
        throw new IllegalStateException(
            this + ": hot ids have other rows than this program gives them");
      }
    }
    return hash;
  }

  /** Positions of the ids whose rows lie in {@code [from, below)}, ascending. */
  private int[] positions(int from, int below) {
    return IntStream.range(0, ids.length)
        .filter(i -> rowOf[i] >= from && rowOf[i] < below)
        .toArray();
  }

  private long[] pick(int[] positions) {
    return Arrays.stream(positions).mapToLong(i -> ids[i]).toArray();
  }

  /** Writes the file form, as drawn above, and flushes; does not close. */
  public void writeTo(OutputStream out) throws IOException {
    byte[] payload = encode();
    byte[] frame = new byte[FRAME_BYTES];
    littleEndian(frame).putInt(MAGIC).putInt(FORMAT).putInt(payload.length);
    out.write(frame);
    out.write(payload);
    byte[] end = new byte[Long.BYTES];
    littleEndian(end).putLong(checksum);
    out.write(end);
    out.flush();
  }

  /**
   * Reads what {@link #writeTo} wrote. Memory grows with the bytes that are really there, not with
   * a length that a damaged file claims.
   *
   * @param name where the bytes come from, for the message
   * @throws IOException if the bytes are cut, damaged or of another format
   */
  public static MapVersion readFrom(InputStream in, String name) throws IOException {
    DataInputStream data = new DataInputStream(in);
    try {
      int length = readFrame(data, name);
      byte[] payload = data.readNBytes(length);
      if (payload.length < length) {
        throw new EOFException();
      }
      if (Long.reverseBytes(data.readLong()) != XxHash64.hash(payload, 0)) {
        throw new IOException(name + ": damaged, the checksum of the map does not match");
      }
      return decode(payload, name);
    } catch (EOFException e) {
      throw new IOException(name + ": cut short, the map ends before its length", e);
    }
  }

  private static int readFrame(DataInputStream data, String name) throws IOException {
    if (Integer.reverseBytes(data.readInt()) != MAGIC) {
      throw new IOException(name + ": not a map file, the magic is missing");
    }
    int format = Integer.reverseBytes(data.readInt());
    if (format != FORMAT) {
      throw new IOException(name + ": map file format must be 1 but was " + format);
    }
    int length = Integer.reverseBytes(data.readInt());
    if (length < 0) {
      throw new IOException(name + ": damaged, the payload's length is " + length);
    }
    return length;
  }

  private byte[] encode() {
    byte[] field = text(header.field());
    byte[] spec = text(header.spec());
    byte[] options = text(header.options());
    boolean twoLevel = header.kind() == Kind.TWO_LEVEL;
    long length =
        53L + field.length + spec.length + options.length + (twoLevel ? Integer.BYTES : 0);
    byte[] bytes = new byte[Math.toIntExact(length + (long) ENTRY_BYTES * ids.length)];
    ByteBuffer out = littleEndian(bytes);
    for (byte[] text : new byte[][] {field, spec, options}) {
      out.putShort((short) text.length).put(text);
    }
    out.putInt(header.version()).putLong(header.windowStart()).putLong(header.windowEnd());
    out.putInt(header.rows());
    out.put((byte) header.kind().code).put((byte) header.cold().code());
    out.putInt(header.coldFirst()).putInt(header.coldRows());
    out.putLong(header.seed()).put((byte) header.signatureBits());
    if (twoLevel) {
      out.putInt(header.ownedRows());
    }
    out.putInt(ids.length);
    out.asLongBuffer().put(ids);
    out.position(out.position() + 8 * ids.length);
    out.asIntBuffer().put(rowOf);
    out.position(out.position() + 4 * ids.length);
    out.asDoubleBuffer().put(counts);
    return bytes;
  }

  private static MapVersion decode(byte[] payload, String name) throws IOException {
    ByteBuffer in = littleEndian(payload);
    try {
      Header header = decodeHeader(in);
      int n = in.getInt();
      if (n < 0 || (long) ENTRY_BYTES * n != in.remaining()) {
        throw new IOException(
            name + ": damaged, " + in.remaining() + " bytes are left for " + n + " ids");
      }
      long[] ids = new long[n];
      int[] rowOf = new int[n];
      double[] counts = new double[n];
      in.asLongBuffer().get(ids);
      in.position(in.position() + 8 * n).asIntBuffer().get(rowOf);
      in.position(in.position() + 4 * n).asDoubleBuffer().get(counts);
      return new MapVersion(header, ids, rowOf, counts);
    } catch (IllegalArgumentException | BufferUnderflowException | IndexOutOfBoundsException e) {
      throw new IOException(name + ": damaged, " + e.getMessage(), e);
    }
  }

  private static Header decodeHeader(ByteBuffer in) {
    String field = text(in);
    String spec = text(in);
    String options = text(in);
    int version = in.getInt();
    long windowStart = in.getLong();
    long windowEnd = in.getLong();
    int rows = in.getInt();
    Kind kind = Kind.of(in.get());
    ColdPolicy cold = ColdPolicy.of(in.get());
    int coldFirst = in.getInt();
    int coldRows = in.getInt();
    long seed = in.getLong();
    int signatureBits = in.get();
    int ownedRows = kind == Kind.TWO_LEVEL ? in.getInt() : 0;
    return new Header(
        field,
        spec,
        version,
        windowStart,
        windowEnd,
        rows,
        kind,
        cold,
        coldFirst,
        coldRows,
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

  @Override
  public boolean equals(Object other) {
    return other instanceof MapVersion that
        && header.equals(that.header)
        && Arrays.equals(ids, that.ids)
        && Arrays.equals(rowOf, that.rowOf)
        && Arrays.equals(counts, that.counts);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(checksum);
  }

  @Override
  public String toString() {
    return header.spec() + "/" + header.field() + "/" + fileName() + " (" + ids.length + " ids)";
  }
}
