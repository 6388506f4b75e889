package io.millrace.hash;

import io.millrace.math.XxHash64;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
 * with exactly the rows that it was trained with. {@code MapFormat} owns its file form.
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
    /** All ids are hashed as cold ones; they are listed, but the compiled map knows none. */
    PLAIN(4);

    final int code;

    Kind(int code) {
      this.code = code;
    }

    static Kind of(int code) {
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
   * @param spec kind of map, for example {@code learned-r3510-reserve}
   * @param version counts up from 1 within (spec, field)
   * @param windowStart start of the data that the map was built from, event time in ms, inclusive
   * @param windowEnd end of that data, event time in ms, exclusive
   * @param rows rows of the table, over all internal tables, at least 1
   * @param kind how the rows were chosen
   * @param cold what happens to ids without a count
   * @param coldRanges for each lookup the rows that unknown ids use; 1 to 127 of them
   * @param seed chooses the hash of unknown ids; stable between versions
   * @param signatureBits width of the compiled map's fingerprint, 0 to 16
   * @param ownedRows how many of the first rows are for hot ids alone, at most {@code coldFirst};
   *     above 0 only for {@link Kind#TWO_LEVEL}
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
    int lookups() {
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
          "%d ids must have as many counts, and %d rows each, but had %d counts and %d rows"
              .formatted(ids.length, header.lookups(), counts.length, rowOf.length));
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
        throw new IllegalArgumentException(
            "a row after -1 (no row) must be -1 but was " + rowOf[i]);
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
    return row(i, 0);
  }

  /** Row of the {@code i}-th known id in one lookup, or -1 for none. */
  int row(int i, int lookup) {
    return rowOf[i * lookups() + lookup];
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
    while (n < lookups() && row(i, n) != NONE) {
      rows[n] = row(i, n);
      n++;
    }
    return n;
  }

  /**
   * First rows of the tables that are stacked, ascending from 0: the internal tables, or the rows
   * of hot ids and those of each hash.
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
   *     than they get here, or if rows do not lie in the tables that the header names
   */
  public CompiledMap toHash() {
    return new MapCompiler(this).compile();
  }

  /** Writes the file form that {@link MapFormat} draws, and flushes; does not close. */
  public void writeTo(OutputStream out) throws IOException {
    MapFormat.write(lookups(), encode(), checksum, out);
  }

  /**
   * Reads what {@link #writeTo} wrote. Memory grows with the bytes that are really there, not with
   * a length that a damaged file claims.
   *
   * @param name where the bytes come from, for the message
   * @throws IOException if the bytes are cut, damaged or of another format
   */
  public static MapVersion readFrom(InputStream in, String name) throws IOException {
    return MapFormat.read(in, name);
  }

  private byte[] encode() {
    return MapFormat.encode(header, ids, rowOf, counts);
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
