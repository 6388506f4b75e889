package io.millrace.hash;

import io.millrace.math.Mix64;
import io.millrace.math.XxHash64;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A learned map as it is served: a {@link StaticMap} for the ids it knows, and a range of rows that
 * all other ids are hashed into. An unknown id that passes the fingerprint uses some known row.
 *
 * <p>Serialised form, little-endian, owned by this class:
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
 */
public final class MappedHash implements CompiledMap {

  private static final int MAGIC = 'M' | 'R' << 8 | 'M' << 16 | 'H' << 24;
  private static final int FORMAT = 1;
  private static final int HEADER_BYTES = 32;
  private static final int CHECKSUM_BYTES = 8;

  private final int rows;
  private final int coldFirst;
  private final int coldRows;
  private final long seed;
  private final StaticMap known;

  /**
   * A hash over {@code rows} rows.
   *
   * @param rows rows of the table, at least {@code known.values()}
   * @param coldFirst first row of unknown ids
   * @param coldRows how many rows unknown ids use, at least 1
   * @param seed chooses the hash of unknown ids
   * @param known rows of the known ids
   */
  public MappedHash(int rows, int coldFirst, int coldRows, long seed, StaticMap known) {
    if (known.values() > rows) {
      throw new IllegalArgumentException(
          "rows must be >= the map's values (" + known.values() + ") but was " + rows);
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
    this.rows = rows;
    this.coldFirst = coldFirst;
    this.coldRows = coldRows;
    this.seed = seed;
    this.known = known;
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int row(long id) {
    int row = known.get(id);
    return row >= 0 ? row : coldFirst + Mix64.reduce(Mix64.mix(id, seed), coldRows);
  }

  @Override
  public boolean knows(long id) {
    return known.get(id) >= 0;
  }

  @Override
  public long serializedBytes() {
    return HEADER_BYTES + known.serializedBytes() + CHECKSUM_BYTES;
  }

  @Override
  public byte[] toBytes() {
    byte[] map = known.toBytes();
    ByteBuffer out =
        ByteBuffer.allocate(HEADER_BYTES + map.length + CHECKSUM_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(MAGIC).putInt(FORMAT).putInt(rows).putInt(coldFirst).putInt(coldRows).putInt(0);
    out.putLong(seed).put(map);
    out.putLong(XxHash64.hash(out.array(), 0, out.position(), 0));
    return out.array();
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @param name where the bytes come from, for the message
   * @throws IOException if the bytes are cut, damaged or of another format
   */
  public static MappedHash fromBytes(byte[] bytes, String name) throws IOException {
    if (bytes.length < HEADER_BYTES + CHECKSUM_BYTES) {
      throw new IOException(name + ": a map has at least 40 bytes but found " + bytes.length);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (in.getInt() != MAGIC) {
      throw new IOException(name + ": not a compiled map, the magic is missing");
    }
    int format = in.getInt();
    if (format != FORMAT) {
      throw new IOException(name + ": map format must be 1 but was " + format);
    }
    int body = bytes.length - CHECKSUM_BYTES;
    if (in.getLong(body) != XxHash64.hash(bytes, 0, body, 0)) {
      throw new IOException(name + ": damaged, the checksum of the map does not match");
    }
    StaticMap known = StaticMap.fromBytes(Arrays.copyOfRange(bytes, HEADER_BYTES, body), name);
    try {
      return new MappedHash(in.getInt(8), in.getInt(12), in.getInt(16), in.getLong(24), known);
    } catch (IllegalArgumentException e) {
      throw new IOException(name + ": damaged, " + e.getMessage(), e);
    }
  }
}
