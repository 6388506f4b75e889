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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One version of one field's learned map, written out in full: which id uses which rows, from which
 * window it was built, and what happens to all other ids (docs/algorithms.md, sections 8.3 and
 * 8.6). Immutable.
 *
 * <p>An id has a row for each lookup, that is one in each internal table, which are stacked; or
 * fewer, then the first ones.
 *
 * <p>This is the artefact that a refresh publishes and that {@code RowRemap} reads. {@link #toHash}
 * compiles it into the compact form that both training and serving use, so that a model is served
 * with exactly the rows that it was trained with.
 *
 * <p>File form, little-endian, owned by this class:
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
    TWO_LEVEL(2),
    /** Hot ids alone in their rows; all others are listed too, with a row of each of two hashes. */
    FREQ_DOUBLE(3),
    /** All ids by the hash of cold ones, in each lookup; they are listed, but none is known. */
    PLAIN(4);

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
      throw new IllegalArgumentException("kind must be in 0..4 but was " + code);
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
   * @param rows rows of the table, over all internal tables, at least 1
   * @param kind how the rows were chosen
   * @param cold what happens to ids without a count
   * @param coldRanges for each lookup the rows that unknown ids use; 1 to 127 of them
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
      List<RowRange> coldRanges,
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
      coldRanges = List.copyOf(coldRanges);
      checkRanges(coldRanges, rows);
      if (signatureBits < 0 || signatureBits > StaticMap.MAX_SIGNATURE_BITS) {
        throw new IllegalArgumentException(
            "signature_bits must be in 0..16 but was " + signatureBits);
      }
      int mostOwned = kind == Kind.TWO_LEVEL ? coldRanges.get(0).first() : 0;
      if (ownedRows < 0 || ownedRows > mostOwned) {
        throw new IllegalArgumentException(
            "owned rows must be in [0, " + mostOwned + "] but were " + ownedRows);
      }
    }

    /** Most rows that an id uses. */
    public int lookups() {
      return coldRanges.size();
    }

    /** First row that unknown ids use in the first lookup. */
    public int coldFirst() {
      return coldRanges.get(0).first();
    }

    /** How many rows unknown ids use in the first lookup. */
    public int coldRows() {
      return coldRanges.get(0).rows();
    }
  }

  static void checkRanges(List<RowRange> ranges, int rows) {
    if (ranges.isEmpty() || ranges.size() > Byte.MAX_VALUE) {
      throw new IllegalArgumentException("lookups must be in 1..127 but were " + ranges.size());
    }
    for (RowRange range : ranges) {
      if ((long) range.first() + range.rows() > rows) {
        throw new IllegalArgumentException(
            "rows of cold ids must lie in [0, "
                + rows
                + ") but were "
                + range.rows()
                + " from "
                + range.first());
      }
    }
  }

  private static final int MAGIC = 'M' | 'R' << 8 | 'M' << 16 | 'V' << 24;
  private static final int ONE_ROW = 1;
  private static final int SEVERAL_ROWS = 2;
  private static final int FRAME_BYTES = 12;
  private static final int NONE = -1;

  private final Header header;
  private final long[] ids;
  private final int[] rowOf;
  private final double[] counts;
  private final long checksum;

  /**
   * A map of the given entries; the arrays are copied.
   *
   * @param ids strictly ascending as signed numbers
   * @param rowOf rows of each id, {@code int[ids.length * lookups]}, in {@code [0, rows)}; all but
   *     an id's first may be -1 for none, and so must those after one
   * @param counts count of each id in the window, finite and at least 0
   * @throws IllegalArgumentException if the entries break one of these rules
   */
  public MapVersion(Header header, long[] ids, int[] rowOf, double[] counts) {
    this.header = header;
    this.ids = ids.clone();
    this.rowOf = rowOf.clone();
    this.counts = counts.clone();
    checkEntries(header, this.ids, this.rowOf, this.counts);
    this.checksum = XxHash64.hash(encode(), 0);
  }

  private static void checkEntries(Header header, long[] ids, int[] rowOf, double[] counts) {
    if (ids.length * (long) header.lookups() != rowOf.length || ids.length != counts.length) {
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
      if (!(counts[i] >= 0 && counts[i] < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("count must be finite and >= 0 but was " + counts[i]);
      }
    }
    for (int i = 0; i < rowOf.length; i++) {
      boolean mayLack = i % header.lookups() > 0;
      boolean lacks = rowOf[i] == NONE;
      if (lacks ? !mayLack : rowOf[i] < 0 || rowOf[i] >= header.rows()) {
        throw new IllegalArgumentException(
            "row must be in [0, " + header.rows() + ") but was " + rowOf[i]);
      }
      if (mayLack && !lacks && rowOf[i - 1] == NONE) {
        throw new IllegalArgumentException("row must be -1 after -1 but was " + rowOf[i]);
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

  /** Row of the {@code i}-th known id, or its first one. */
  public int row(int i) {
    return rowOf[i * lookups()];
  }

  /** Most rows that an id uses. */
  public int lookups() {
    return header.lookups();
  }

  /**
   * All rows of the {@code i}-th known id.
   *
   * @param rows receives them, {@code int[lookups()]} or longer
   * @return how many there are
   */
  public int rows(int i, int[] rows) {
    int n = 0;
    while (n < lookups() && rowOf[i * lookups() + n] != NONE) {
      rows[n] = rowOf[i * lookups() + n];
      n++;
    }
    return n;
  }

  /**
   * First rows of the parts that the table stacks, ascending from 0: the internal tables, or the
   * rows of hot ids and those of each hash.
   */
  public int[] tableStarts() {
    return switch (header.kind()) {
      case LEARNED, PLAIN -> {
        int each = header.rows() / lookups();
        yield IntStream.range(0, lookups()).map(h -> h * each).toArray();
      }
      case HOT_KEPT, TWO_LEVEL -> new int[1];
      case FREQ_DOUBLE -> {
        IntStream ranges = header.coldRanges().stream().mapToInt(RowRange::first);
        yield IntStream.concat(IntStream.of(0), ranges).distinct().toArray();
      }
    };
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
   * @throws IllegalStateException naming the map, if hot ids of a two-level map have other rows
   *     than they get here, or if rows do not lie in the parts of the table that the header names
   */
  public CompiledMap toHash() {
    try {
      return switch (header.kind()) {
        case LEARNED -> clusters();
        case HOT_KEPT, FREQ_DOUBLE, PLAIN -> owners();
        case TWO_LEVEL -> toTwoLevelHash();
      };
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(this + ": rows contradict the header, " + e.getMessage(), e);
    }
  }

  /**
   * A map for each internal table. Only the first has a fingerprint: an id that it knows is known
   * to the others too.
   */
  private MappedHash clusters() {
    int[] all = IntStream.range(0, ids.length).toArray();
    List<StaticMap> maps = new ArrayList<>();
    for (int h = 0; h < lookups(); h++) {
      maps.add(staticMap(all, h, tableStarts()[h], h == 0 ? header.signatureBits() : 0));
    }
    return new MappedHash(header.rows(), header.coldRanges(), header.seed(), maps);
  }

  /** A map of the ids that own a row; the formula answers for the others. */
  private MappedHash owners() {
    StaticMap map = staticMap(positions(0, header.coldFirst()), 0, 0, header.signatureBits());
    return new MappedHash(header.rows(), header.coldRanges(), header.seed(), List.of(map));
  }

  /** Rows of one lookup, counted from {@code start}; its values are as few as these ids need. */
  private StaticMap staticMap(int[] positions, int lookup, int start, int signatureBits) {
    int[] rows = Arrays.stream(positions).map(i -> rowOf[i * lookups() + lookup] - start).toArray();
    int values = Arrays.stream(rows).max().orElse(0) + 1;
    return StaticMap.build(pick(positions), rows, values, signatureBits, header.seed());
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

  /** Positions of the ids whose first rows lie in {@code [from, below)}, ascending. */
  private int[] positions(int from, int below) {
    return IntStream.range(0, ids.length).filter(i -> row(i) >= from && row(i) < below).toArray();
  }

  private long[] pick(int[] positions) {
    return Arrays.stream(positions).mapToLong(i -> ids[i]).toArray();
  }

  /** Writes the file form, as drawn above, and flushes; does not close. */
  public void writeTo(OutputStream out) throws IOException {
    byte[] payload = encode();
    byte[] frame = new byte[FRAME_BYTES];
    littleEndian(frame).putInt(MAGIC).putInt(format()).putInt(payload.length);
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

  private int format() {
    return lookups() == 1 ? ONE_ROW : SEVERAL_ROWS;
  }

  private byte[] encode() {
    byte[] field = text(header.field());
    byte[] spec = text(header.spec());
    byte[] options = text(header.options());
    boolean twoLevel = header.kind() == Kind.TWO_LEVEL;
    long length = 45L + field.length + spec.length + options.length + 8L * lookups();
    length += (format() == ONE_ROW ? 0 : 1) + (twoLevel ? Integer.BYTES : 0);
    byte[] bytes = new byte[Math.toIntExact(length + entryBytes(lookups()) * ids.length)];
    ByteBuffer out = littleEndian(bytes);
    for (byte[] text : new byte[][] {field, spec, options}) {
      out.putShort((short) text.length).put(text);
    }
    out.putInt(header.version()).putLong(header.windowStart()).putLong(header.windowEnd());
    out.putInt(header.rows());
    out.put((byte) header.kind().code).put((byte) header.cold().code());
    if (format() == SEVERAL_ROWS) {
      out.put((byte) lookups());
    }
    for (RowRange range : header.coldRanges()) {
      out.putInt(range.first()).putInt(range.rows());
    }
    out.putLong(header.seed()).put((byte) header.signatureBits());
    if (twoLevel) {
      out.putInt(header.ownedRows());
    }
    out.putInt(ids.length);
    out.asLongBuffer().put(ids);
    out.position(out.position() + 8 * ids.length);
    out.asIntBuffer().put(rowOf);
    out.position(out.position() + 4 * rowOf.length);
    out.asDoubleBuffer().put(counts);
    return bytes;
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
    Kind kind = Kind.of(in.get());
    ColdPolicy cold = ColdPolicy.of(in.get());
    int lookups = format == ONE_ROW ? 1 : in.get();
    List<RowRange> coldRanges = new ArrayList<>();
    for (int h = 0; h < lookups; h++) {
      coldRanges.add(new RowRange(in.getInt(), in.getInt()));
    }
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
