package io.millrace.hash;

import io.millrace.math.Mix64;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The served form of a two-level map: hot ids own rows, ids in the middle share the row of their
 * cluster, all others are hashed into a reserve.
 *
 * <pre>
 *         hot: MinimalPerfectHash       middle: StaticMap          reserve: a formula
 *  id ──► its number, if it passes ──► its cluster, if it passes ──► hash
 *  rows   [0, hotRows)                 [hotRows, reserveFirst)     [reserveFirst, rows)
 * </pre>
 *
 * <p>No row number is stored for a hot id: its row is its number. One in 2^signatureBits ids of the
 * middle passes the fingerprint of hot ids; a third structure of one bit per id separates these
 * from the hot ids. So every id of the map always gets its row. An unknown id is taken for hot with
 * probability 2^-(signatureBits+1), or 2^-signatureBits if no id of the middle passes; else it is
 * taken for an id of the middle with 2^-signatureBits. A look-up reads up to nine places and
 * allocates nothing. Immutable.
 *
 * <p>Serialised form, little-endian, owned by this class:
 *
 * <pre>
 * offset  bytes  content
 *      0      4  magic "MRTL"
 *      4      4  format version, 1
 *      8      4  rows
 *     12      4  first row of the middle
 *     16      4  first row of the reserve
 *     20      4  a: length of the minimal perfect hash
 *     24      4  b: length of the static map of doubtful ids
 *     28      4  c: length of the static map of the middle
 *     32      8  seed of the hash into the reserve
 *     40      a  hot ids, see MinimalPerfectHash
 *     ..      b  1 for hot ids, 0 for ids of the middle that pass their fingerprint, see StaticMap
 *     ..      c  clusters of the ids in the middle, see StaticMap
 *    end      8  XXH64 of all bytes before, seed 0
 * </pre>
 */
public final class TwoLevelHash implements CompiledMap {

  private static final int FORMAT = 1;
  private static final int HEADER_BYTES = 40;
  private static final int CHECKSUM_BYTES = SealedForm.CHECKSUM_BYTES;
  private static final SealedForm FORM =
      new SealedForm("two-level map", 'M' | 'R' << 8 | 'T' << 16 | 'L' << 24, HEADER_BYTES);

  private final Shape shape;
  private final MinimalPerfectHash hot;
  private final StaticMap doubtful;
  private final StaticMap middle;

  /**
   * The rows of the levels, and the seed for unknown ids.
   *
   * @param rows rows of the table
   * @param middleFirst first row of the middle; the hot ids own the first rows below it, one each
   * @param reserveFirst first row of the reserve, at least {@code middleFirst}, less than {@code
   *     rows}
   * @param seed chooses the hash into the reserve
   */
  public record Shape(int rows, int middleFirst, int reserveFirst, long seed) {
    public Shape {
      if (middleFirst < 0 || reserveFirst < middleFirst || rows <= reserveFirst) {
        throw new IllegalArgumentException(
            "rows of hot ids, middle and reserve must ascend but begin at 0, "
                + middleFirst
                + " and "
                + reserveFirst
                + " of "
                + rows);
      }
    }
  }

  private TwoLevelHash(Shape shape, MinimalPerfectHash hot, StaticMap doubtful, StaticMap middle) {
    if (hot.size() > shape.middleFirst) {
      throw new IllegalArgumentException(
          "hot ids must be at most " + shape.middleFirst + " but were " + hot.size());
    }
    if (middle.size() > 0 && middle.values() != shape.reserveFirst - shape.middleFirst) {
      throw new IllegalArgumentException(
          "clusters must be "
              + (shape.reserveFirst - shape.middleFirst)
              + " but were "
              + middle.values());
    }
    this.shape = shape;
    this.hot = hot;
    this.doubtful = doubtful;
    this.middle = middle;
  }

  /**
   * Builds the map. Deterministic: equal arguments give equal bytes.
   *
   * @param shape the rows of the levels
   * @param hotIds distinct ids that own a row
   * @param middleIds distinct ids that share a cluster's row, none of them hot
   * @param clusters clusters of the ids in the middle, in {@code [0, reserveFirst - middleFirst)}
   * @param signatureBits width of the fingerprints, 0 to {@value StaticMap#MAX_SIGNATURE_BITS}
   */
  public static TwoLevelHash build(
      Shape shape, long[] hotIds, long[] middleIds, int[] clusters, int signatureBits) {
    MinimalPerfectHash hot = MinimalPerfectHash.build(hotIds, signatureBits, shape.seed);
    int values = Math.max(1, shape.reserveFirst - shape.middleFirst);
    return new TwoLevelHash(
        shape,
        hot,
        doubtful(hot, hotIds, middleIds, shape.seed),
        StaticMap.build(middleIds, clusters, values, signatureBits, shape.seed));
  }

  /**
   * Separates hot ids from middle ids that pass their fingerprint; empty without such middle ids.
   */
  private static StaticMap doubtful(
      MinimalPerfectHash hot, long[] hotIds, long[] middleIds, long seed) {
    long[] passing = Arrays.stream(middleIds).filter(id -> hot.get(id) >= 0).toArray();
    if (passing.length == 0) {
      return StaticMap.build(new long[0], new int[0], 2, 0, seed);
    }
    long[] ids = Arrays.copyOf(hotIds, hotIds.length + passing.length);
    System.arraycopy(passing, 0, ids, hotIds.length, passing.length);
    int[] isHot = new int[ids.length];
    Arrays.fill(isHot, 0, hotIds.length, 1);
    return StaticMap.build(ids, isHot, 2, 0, seed);
  }

  @Override
  public int rows() {
    return shape.rows;
  }

  @Override
  public int row(long id) {
    int slot = hot(id);
    return slot >= 0 ? slot : coldRow(id, middle.get(id));
  }

  @Override
  public void rows(long[] ids, int n, int[] rows) {
    middle.get(ids, n, rows);
    for (int i = 0; i < n; i++) {
      int slot = hot(ids[i]);
      rows[i] = slot >= 0 ? slot : coldRow(ids[i], rows[i]);
    }
  }

  @Override
  public boolean knows(long id) {
    return hot(id) >= 0 || middle.get(id) >= 0;
  }

  private int hot(long id) {
    int slot = hot.get(id);
    return slot >= 0 && (doubtful.size() == 0 || doubtful.get(id) == 1) ? slot : -1;
  }

  /**
   * Row of an id that is not hot: that of its cluster, or one of the reserve if that is negative.
   */
  private int coldRow(long id, int cluster) {
    int reserve = shape.rows - shape.reserveFirst;
    return cluster >= 0
        ? shape.middleFirst + cluster
        : shape.reserveFirst + Mix64.reduce(Mix64.mix(id, shape.seed), reserve);
  }

  @Override
  public long serializedBytes() {
    return HEADER_BYTES
        + hot.serializedBytes()
        + doubtful.serializedBytes()
        + middle.serializedBytes()
        + CHECKSUM_BYTES;
  }

  /**
   * Expected {@link #serializedBytes}, to about 1 %: the number of middle ids that pass as hot and
   * the seeds are random.
   *
   * @param hotIds number of ids that own a row
   * @param middleIds number of ids in the middle
   * @param clusters number of their clusters, at least 1
   * @param signatureBits width of the fingerprints
   */
  public static long expectedBytes(int hotIds, int middleIds, int clusters, int signatureBits) {
    int passing = hotIds == 0 ? 0 : middleIds >> signatureBits;
    return HEADER_BYTES
        + MinimalPerfectHash.serializedBytes(hotIds, signatureBits)
        + StaticMap.expectedBytes(passing == 0 ? 0 : hotIds + passing, 2, 0)
        + StaticMap.expectedBytes(middleIds, clusters, signatureBits)
        + CHECKSUM_BYTES;
  }

  @Override
  public byte[] toBytes() {
    byte[][] parts = {hot.toBytes(), doubtful.toBytes(), middle.toBytes()};
    ByteBuffer out = FORM.begin(serializedBytes());
    out.putInt(FORMAT);
    out.putInt(shape.rows).putInt(shape.middleFirst).putInt(shape.reserveFirst);
    for (byte[] part : parts) {
      out.putInt(part.length);
    }
    out.putLong(shape.seed);
    for (byte[] part : parts) {
      out.put(part);
    }
    return SealedForm.seal(out);
  }

  /** True if the bytes start with the magic number of this class. */
  static boolean begins(byte[] bytes) {
    return FORM.begins(bytes);
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @param name where the bytes come from, for the message
   * @throws IOException if the bytes are cut, damaged or of another format
   */
  public static TwoLevelHash fromBytes(byte[] bytes, String name) throws IOException {
    ByteBuffer in = FORM.open(bytes, name);
    int format = in.getInt();
    if (format != FORMAT) {
      throw new IOException(name + ": two-level map format must be 1 but was " + format);
    }
    FORM.check(in, name);
    int rows = in.getInt();
    int middleFirst = in.getInt();
    int reserveFirst = in.getInt();
    int[] lengths = {in.getInt(), in.getInt(), in.getInt()};
    long seed = in.getLong();
    try {
      return new TwoLevelHash(
          new Shape(rows, middleFirst, reserveFirst, seed),
          MinimalPerfectHash.fromBytes(part(in, lengths[0]), name),
          StaticMap.fromBytes(part(in, lengths[1]), name),
          StaticMap.fromBytes(part(in, lengths[2]), name));
    } catch (IllegalArgumentException e) {
      throw new IOException(name + ": damaged, " + e.getMessage(), e);
    }
  }

  private static byte[] part(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new IllegalArgumentException("a part of " + length + " bytes does not fit");
    }
    byte[] part = new byte[length];
    in.get(part);
    return part;
  }
}
