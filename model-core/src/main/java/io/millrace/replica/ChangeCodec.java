package io.millrace.replica;

import io.millrace.math.XxHash64;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The records of the topic of changes. A change is cut into chunks, so that no record is larger
 * than brokers allow by default. All numbers are big-endian:
 *
 * <pre>
 * "MRCH" | u8 format | i64 attempt | i32 replica | i64 interval | i32 number of the chunk, from 0
 * | i32 chunks | bytes of the change | i64 checksum
 * </pre>
 *
 * <p>The checksum is XXH64 with seed 0 of all bytes before it. The bytes of all chunks, joined in
 * order, are those of a {@link Change}.
 */
public final class ChangeCodec {

  /** Most bytes of a record. */
  public static final int MOST_BYTES = 512_000;

  static final int FORMAT = 1;
  private static final int MAGIC = 'M' << 24 | 'R' << 16 | 'C' << 8 | 'H';
  private static final int HEAD = 4 + 1 + 8 + 4 + 8 + 4 + 4;
  private static final int CHECKSUM = 8;
  private static final int MOST_CHUNKS = 1 << 16;

  private ChangeCodec() {}

  /**
   * The records of a change, in order.
   *
   * @param attempt that the replica was told
   * @return each of at most {@link #MOST_BYTES} bytes
   */
  public static List<byte[]> chunks(long attempt, Change change) {
    List<byte[]> records = new ArrayList<>();
    Parts parts = new Parts(HEAD, MOST_BYTES, CHECKSUM, (part, last) -> records.add(part));
    try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(parts))) {
      change.write(out);
    } catch (IOException e) {
      throw new IllegalStateException("a copy in memory failed", e);
    }
    for (int i = 0; i < records.size(); i++) {
      ByteBuffer record = ByteBuffer.wrap(records.get(i));
      record.putInt(MAGIC).put((byte) FORMAT).putLong(attempt).putInt(change.replica());
      record.putLong(change.interval()).putInt(i).putInt(records.size());
      int end = record.capacity() - CHECKSUM;
      record.putLong(end, XxHash64.hash(record.array(), 0, end, 0));
    }
    return records;
  }

  /** Where a chunk belongs. */
  private record Place(int replica, long interval) {

    /** Whether another place is of the same replica and not later: all its chunks have come. */
    boolean isNewest(Place other) {
      return other.replica == replica && other.interval <= interval;
    }
  }

  /**
   * Puts the changes of one attempt together again. Chunks may be repeated and come in any order.
   * One thread at a time.
   */
  public static final class Assembler {

    private final long attempt;
    private final Map<Place, byte[][]> open = new HashMap<>();

    /** An assembler that drops records of other attempts. */
    public Assembler(long attempt) {
      this.attempt = attempt;
    }

    /**
     * Takes the next record, which is kept until all chunks of its change are there.
     *
     * @return a change, if this was the last of its chunks; it may be one that was given before
     * @throws IllegalArgumentException naming what is wrong with the record
     */
    public Optional<Change> add(byte[] bytes) {
      ByteBuffer record = intact(bytes);
      try {
        return record.getLong() == attempt ? place(record) : Optional.empty();
      } catch (BufferUnderflowException e) {
        throw new IllegalArgumentException("it is shorter than it says", e);
      }
    }

    private static ByteBuffer intact(byte[] bytes) {
      ByteBuffer record = ByteBuffer.wrap(bytes);
      int end = bytes.length - CHECKSUM;
      if (end < HEAD || record.getInt() != MAGIC) {
        throw new IllegalArgumentException("it is no record of a change");
      }
      int format = record.get();
      if (format != FORMAT) {
        throw new IllegalArgumentException("its format must be " + FORMAT + " but is " + format);
      }
      if (XxHash64.hash(bytes, 0, end, 0) != record.getLong(end)) {
        throw new IllegalArgumentException("it is damaged, its checksum differs");
      }
      return record.limit(end);
    }

    private Optional<Change> place(ByteBuffer record) {
      Place place = new Place(record.getInt(), record.getLong());
      int number = record.getInt();
      int chunks = record.getInt();
      if (chunks < 1 || chunks > MOST_CHUNKS || number < 0 || number >= chunks) {
        throw new IllegalArgumentException("its number is " + number + " of " + chunks + " chunks");
      }
      byte[][] parts = open.computeIfAbsent(place, p -> new byte[chunks][]);
      if (parts.length != chunks) {
        throw new IllegalArgumentException("it disagrees with other chunks of its change");
      }
      parts[number] = record.array();
      if (Arrays.stream(parts).anyMatch(part -> part == null)) {
        return Optional.empty();
      }
      open.keySet().removeIf(place::isNewest);
      return Optional.of(join(parts, place));
    }

    private static Change join(byte[][] parts, Place place) {
      ExactInput in = new ExactInput(List.of(parts), HEAD, CHECKSUM);
      try {
        Change change = Change.read(in);
        if (in.left() > 0 || !new Place(change.replica(), change.interval()).equals(place)) {
          throw new IllegalArgumentException("its change has other bytes than its head says");
        }
        return change;
      } catch (IOException e) {
        throw new IllegalArgumentException("its change cannot be read: " + e.getMessage(), e);
      }
    }
  }
}
