package io.millrace.hash;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The served form of a map: a {@link StaticMap} for known ids, and a range of rows into which all
 * other ids are hashed. An unknown id that passes the fingerprint uses the row of some known id.
 *
 * <p>With several lookups an id uses a row of each internal table. Then there is either a static
 * map for each table, whose values count from the table's first row; or a single static map, and
 * the ids that it knows use only the row that it gives, while all others are hashed into every
 * range.
 *
 * <p>Serialised form, little-endian, owned by this class. With one lookup:
 *
 * <pre>
 * offset  bytes  content
 *      0      4  magic "MRMH"
 *      4      4  format version, 1
 *      8      4  rows
 *     12      4  first row of cold ids
 *     16      4  rows of cold ids
 *     20      4  0
 *     24      8  seed of the hash for cold ids
 *     32      m  the static map, see StaticMap
 *   32+m      8  XXH64 of all bytes before, seed 0
 * </pre>
 *
 * With several:
 *
 * <pre>
 *      0      4  magic "MRMH"
 *      4      4  format version, 2
 *      8      4  rows
 *     12      1  lookups L, at least 2
 *     13      1  static maps K, 1 or L
 *     14      2  0
 *     16      8  seed of the hash for cold ids
 *     24     8L  for each lookup the first row of cold ids and their number, 4 bytes each
 *  24+8L         for each static map its length in 4 bytes, then itself
 *    end      8  XXH64 of all bytes before, seed 0
 * </pre>
 */
public final class MappedHash implements CompiledMap {

  private static final int ONE_ROW = 1;
  private static final int SEVERAL_ROWS = 2;
  private static final int HEADER_BYTES = 32;
  private static final int SEVERAL_HEADER_BYTES = 24;
  private static final int CHECKSUM_BYTES = SealedForm.CHECKSUM_BYTES;
  private static final SealedForm FORM =
      new SealedForm("compiled map", 'M' | 'R' << 8 | 'M' << 16 | 'H' << 24, HEADER_BYTES);

  private final int rows;
  private final List<RowRange> cold;
  private final long seed;
  private final List<StaticMap> known;
  private final StaticMap first;
  private final RowRange firstCold;

  /** A hash of one lookup; see {@link #MappedHash(int, List, long, List)}. */
  public MappedHash(int rows, RowRange cold, long seed, StaticMap known) {
    this(rows, List.of(cold), seed, List.of(known));
  }

  /**
   * A hash over {@code rows} rows.
   *
   * @param rows rows of the table, over all internal tables
   * @param cold for each lookup the rows of unknown ids; with several static maps, each range lies
   *     inside the lookup's internal table
   * @param seed chooses the hashes of unknown ids
   * @param known rows of the known ids: a map for each lookup, or one
   */
  public MappedHash(int rows, List<RowRange> cold, long seed, List<StaticMap> known) {
    this.rows = rows;
    this.cold = List.copyOf(cold);
    this.seed = seed;
    this.known = List.copyOf(known);
    MapVersion.checkRanges(cold, rows);
    if (known.size() != 1 && known.size() != cold.size()) {
      throw new IllegalArgumentException(
          "maps must be 1 or " + cold.size() + " but were " + known.size());
    }
    int most = rows / known.size();
    for (StaticMap map : known) {
      if (map.values() > most) {
        throw new IllegalArgumentException(
            "rows must be >= the map's values (" + map.values() + ") but was " + most);
      }
    }
    this.first = known.get(0);
    this.firstCold = cold.get(0);
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int lookups() {
    return cold.size();
  }

  @Override
  public int row(long id) {
    int row = first.get(id);
    return row >= 0 ? row : firstCold.row(id, 0, seed);
  }

  @Override
  public void rows(long[] ids, int n, int[] rowsOfIds) {
    first.get(ids, n, rowsOfIds);
    for (int i = 0; i < n; i++) {
      if (rowsOfIds[i] < 0) {
        rowsOfIds[i] = firstCold.row(ids[i], 0, seed);
      }
    }
  }

  @Override
  public int lookUp(long id, int[] rowsOfId) {
    int row = first.get(id);
    for (int h = 0; h < cold.size(); h++) {
      if (row < 0) {
        rowsOfId[h] = cold.get(h).row(id, h, seed);
      } else if (h == 0) {
        rowsOfId[h] = row;
      } else if (h < known.size()) {
        int value = known.get(h).get(id);
        rowsOfId[h] = value < 0 ? cold.get(h).row(id, h, seed) : h * (rows / cold.size()) + value;
      } else {
        return 1;
      }
    }
    return cold.size();
  }

  @Override
  public boolean knows(long id) {
    return first.get(id) >= 0;
  }

  @Override
  public long serializedBytes() {
    if (cold.size() == 1) {
      return HEADER_BYTES + first.serializedBytes() + CHECKSUM_BYTES;
    }
    long bytes = SEVERAL_HEADER_BYTES + 8L * cold.size() + CHECKSUM_BYTES;
    for (StaticMap map : known) {
      bytes += Integer.BYTES + map.serializedBytes();
    }
    return bytes;
  }

  /**
   * Expected {@link #serializedBytes} with one lookup, or with a static map for each of several
   * lookups, of which only the first has a fingerprint; see {@link StaticMap#expectedBytes}.
   */
  public static long expectedBytes(int lookups, int ids, int values, int signatureBits) {
    long first = StaticMap.expectedBytes(ids, values, signatureBits);
    if (lookups == 1) {
      return HEADER_BYTES + first + CHECKSUM_BYTES;
    }
    long others = (lookups - 1) * StaticMap.expectedBytes(ids, values, 0);
    int entries = lookups * (8 + Integer.BYTES);
    return SEVERAL_HEADER_BYTES + entries + first + others + CHECKSUM_BYTES;
  }

  @Override
  public byte[] toBytes() {
    ByteBuffer out = FORM.begin(serializedBytes());
    if (cold.size() == 1) {
      out.putInt(ONE_ROW).putInt(rows).putInt(firstCold.first()).putInt(firstCold.rows());
      out.putInt(0).putLong(seed).put(first.toBytes());
    } else {
      out.putInt(SEVERAL_ROWS).putInt(rows);
      out.put((byte) cold.size()).put((byte) known.size()).putShort((short) 0).putLong(seed);
      cold.forEach(range -> out.putInt(range.first()).putInt(range.rows()));
      for (StaticMap map : known) {
        byte[] bytes = map.toBytes();
        out.putInt(bytes.length).put(bytes);
      }
    }
    return SealedForm.seal(out);
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @param name where the bytes come from, for the message
   * @throws IOException if the bytes are cut, damaged or of another format
   */
  public static MappedHash fromBytes(byte[] bytes, String name) throws IOException {
    ByteBuffer in = FORM.open(bytes, name);
    int format = in.getInt();
    if (format != ONE_ROW && format != SEVERAL_ROWS) {
      throw new IOException(name + ": compiled map format must be 1 or 2 but was " + format);
    }
    FORM.check(in, name);
    try {
      return format == ONE_ROW ? readOneRow(in, name) : readSeveralRows(in, name);
    } catch (IllegalArgumentException | BufferUnderflowException e) {
      throw new IOException(name + ": damaged, " + e.getMessage(), e);
    }
  }

  private static MappedHash readOneRow(ByteBuffer in, String name) throws IOException {
    int rows = in.getInt();
    RowRange cold = new RowRange(in.getInt(), in.getInt());
    in.getInt();
    long seed = in.getLong();
    return new MappedHash(rows, cold, seed, readMap(in, in.remaining(), name));
  }

  private static MappedHash readSeveralRows(ByteBuffer in, String name) throws IOException {
    int rows = in.getInt();
    int lookups = in.get();
    int maps = in.get();
    in.getShort();
    long seed = in.getLong();
    List<RowRange> cold = new ArrayList<>();
    for (int h = 0; h < lookups; h++) {
      cold.add(new RowRange(in.getInt(), in.getInt()));
    }
    List<StaticMap> known = new ArrayList<>();
    for (int h = 0; h < maps; h++) {
      known.add(readMap(in, in.getInt(), name));
    }
    return new MappedHash(rows, cold, seed, known);
  }

  private static StaticMap readMap(ByteBuffer in, int length, String name) throws IOException {
    if (length < 0 || length > in.remaining()) {
      throw new IOException(name + ": damaged, a static map of " + length + " bytes");
    }
    byte[] map = new byte[length];
    in.get(map);
    return StaticMap.fromBytes(map, name);
  }
}
