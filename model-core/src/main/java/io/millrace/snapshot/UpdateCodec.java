package io.millrace.snapshot;

import io.millrace.math.XxHash64;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The records of the topic of updates. An update is cut into chunks, so that no record is larger
 * than brokers allow by default. All numbers are little-endian:
 *
 * <pre>
 * chunk   "MRUP" | u8 format | u8 kind 1 | u16 bytes of the arm's name | the name, UTF-8
 *         | i64 epoch | i64 interval | i64 interval before | i32 number of the chunk, from 0
 *         | i32 chunks | i32 bytes | that many bytes of the update | i64 checksum
 * reset   "MRUP" | u8 format | u8 kind 2 | u16 bytes of the arm's name | the name, UTF-8
 *         | i64 epoch | i64 interval | i64 checksum
 * </pre>
 *
 * <p>The checksum is XXH64 with seed 0 of all bytes before it. The bytes of all chunks of an
 * update, joined in order, are drawn at {@link UpdateBody}. An {@link Assembler} reads records.
 */
public final class UpdateCodec {

  /** Format that is written. */
  public static final int FORMAT = 1;

  /** Most bytes of a record. */
  public static final int MOST_BYTES = 512_000;

  /** Most chunks of an update. */
  static final int MOST_CHUNKS = 1 << 16;

  private static final int MAGIC = 'M' | 'R' << 8 | 'U' << 16 | 'P' << 24;
  private static final byte CHUNK = 1;
  private static final byte RESET = 2;
  private static final int HEAD = 4 + 1 + 1 + 2;

  /** Bytes of a chunk besides the arm's name and its part of the update. */
  private static final int CHUNK_FRAME = HEAD + 3 * 8 + 3 * 4 + 8;

  private UpdateCodec() {}

  /** A record that is intact: either a reset or a piece of an update. */
  sealed interface Piece permits ResetPiece, Chunk {}

  record ResetPiece(UpdateRecord.Reset reset) implements Piece {}

  /** A piece of an update; {@code bytes} are those of its body. */
  @SuppressWarnings("ArrayRecordComponent") // handed over
  record Chunk(
      String arm, long epoch, long interval, long previous, int number, int chunks, byte[] bytes)
      implements Piece {}

  /**
   * The records of an update, in order.
   *
   * @return each of less than {@link #MOST_BYTES} bytes
   * @throws IllegalArgumentException if its rows have a form in which they cannot be updated
   */
  public static List<byte[]> chunks(ModelUpdate update) {
    byte[] body = UpdateBody.write(update);
    byte[] arm = update.header().arm().getBytes(StandardCharsets.UTF_8);
    int most = MOST_BYTES - 1 - CHUNK_FRAME - arm.length;
    int chunks = (body.length - 1) / most + 1;
    List<byte[]> records = new ArrayList<>(chunks);
    for (int i = 0; i < chunks; i++) {
      int from = i * most;
      int n = Math.min(most, body.length - from);
      ByteBuffer record = begin(CHUNK, arm, CHUNK_FRAME + arm.length + n);
      record.putLong(update.header().epoch()).putLong(update.header().interval());
      record.putLong(update.header().previous()).putInt(i).putInt(chunks);
      records.add(end(record.putInt(n).put(body, from, n)));
    }
    return records;
  }

  /** The record of a reset. */
  public static byte[] reset(UpdateRecord.Reset reset) {
    byte[] arm = reset.arm().getBytes(StandardCharsets.UTF_8);
    ByteBuffer record = begin(RESET, arm, HEAD + arm.length + 3 * 8);
    return end(record.putLong(reset.epoch()).putLong(reset.interval()));
  }

  private static ByteBuffer begin(byte kind, byte[] arm, int bytes) {
    ByteBuffer record = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    record.putInt(MAGIC).put((byte) FORMAT).put(kind);
    return record.putShort((short) arm.length).put(arm);
  }

  private static byte[] end(ByteBuffer record) {
    byte[] bytes = record.array();
    record.putLong(XxHash64.hash(bytes, 0, record.position(), 0));
    return bytes;
  }

  /**
   * Reads one record.
   *
   * @throws IllegalArgumentException naming what is wrong with it
   */
  static Piece read(byte[] bytes) {
    ByteBuffer record = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < HEAD + 8 || record.getInt() != MAGIC) {
      throw new IllegalArgumentException("it is no record of an update");
    }
    int format = record.get();
    if (format != FORMAT) {
      throw new IllegalArgumentException("its format must be " + FORMAT + " but is " + format);
    }
    if (XxHash64.hash(bytes, 0, bytes.length - 8, 0) != record.getLong(bytes.length - 8)) {
      throw new IllegalArgumentException("it is damaged, its checksum differs");
    }
    try {
      return read(record.limit(bytes.length - 8));
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("it is shorter than it says", e);
    }
  }

  private static Piece read(ByteBuffer record) {
    byte kind = record.get();
    String arm =
        new String(take(record, Short.toUnsignedInt(record.getShort())), StandardCharsets.UTF_8);
    long epoch = record.getLong();
    long interval = record.getLong();
    if (kind == RESET) {
      return new ResetPiece(new UpdateRecord.Reset(arm, epoch, interval));
    }
    if (kind != CHUNK) {
      throw new IllegalArgumentException("its kind must be 1 or 2 but is " + kind);
    }
    long previous = record.getLong();
    int number = record.getInt();
    int chunks = record.getInt();
    if (chunks < 1 || chunks > MOST_CHUNKS || number < 0 || number >= chunks) {
      throw new IllegalArgumentException("its number is " + number + " of " + chunks + " chunks");
    }
    byte[] body = take(record, record.getInt());
    return new Chunk(arm, epoch, interval, previous, number, chunks, body);
  }

  private static byte[] take(ByteBuffer record, int n) {
    if (n < 0 || n > record.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = record.array();
    int from = record.position();
    record.position(from + n);
    return Arrays.copyOfRange(bytes, from, from + n);
  }

  /**
   * Puts the records of the topic together again. Records may be repeated, and those of an update
   * may come in any order; updates of an arm are given in order. What cannot be completed is
   * dropped and counted. One thread at a time.
   */
  public static final class Assembler {

    /** Most updates of which some chunks are held. */
    private static final int MOST_OPEN = 8;

    private final Map<Place, Open> open = new LinkedHashMap<>();
    private final Map<String, Place> done = new HashMap<>();
    private long damaged;
    private long incomplete;
    private String fault = "";

    /** An update of an arm. */
    private record Place(String arm, long epoch, long interval) {
      boolean after(Place other) {
        return epoch > other.epoch || epoch == other.epoch && interval > other.interval;
      }
    }

    /** The chunks of an update that have come. */
    private static final class Open {
      private final Chunk first;
      private final byte[][] parts;
      private int missing;

      Open(Chunk first) {
        this.first = first;
        this.parts = new byte[first.chunks()][];
        this.missing = parts.length;
      }

      boolean fits(Chunk chunk) {
        return chunk.chunks() == parts.length && chunk.previous() == first.previous();
      }

      void add(Chunk chunk) {
        missing -= parts[chunk.number()] == null ? 1 : 0;
        parts[chunk.number()] = chunk.bytes();
      }

      ModelUpdate join() {
        long bytes = 0;
        for (byte[] part : parts) {
          bytes += part.length;
        }
        ByteBuffer joined = ByteBuffer.allocate(Math.toIntExact(bytes));
        for (byte[] part : parts) {
          joined.put(part);
        }
        return UpdateBody.read(first, joined.array());
      }
    }

    /**
     * Takes the next record.
     *
     * @param record value of a record of the topic
     * @return an update, if this was the last of its chunks, or a reset; else empty
     */
    public Optional<UpdateRecord> add(byte[] record) {
      try {
        Piece piece = read(record);
        return piece instanceof ResetPiece reset
            ? Optional.of(reset(reset.reset()))
            : add((Chunk) piece);
      } catch (IllegalArgumentException | ArithmeticException e) {
        damaged++;
        fault = e.getMessage();
        return Optional.empty();
      }
    }

    private UpdateRecord reset(UpdateRecord.Reset reset) {
      finish(new Place(reset.arm(), reset.epoch(), reset.interval()));
      return reset;
    }

    private Optional<UpdateRecord> add(Chunk chunk) {
      Place place = new Place(chunk.arm(), chunk.epoch(), chunk.interval());
      Place last = done.get(chunk.arm());
      if (last != null && !place.after(last)) {
        return Optional.empty();
      }
      Open update = open.computeIfAbsent(place, p -> new Open(chunk));
      if (!update.fits(chunk)) {
        throw new IllegalArgumentException("it disagrees with other chunks of its update");
      }
      update.add(chunk);
      if (update.missing == 0) {
        open.remove(place);
        finish(place);
        return Optional.of(update.join());
      }
      if (open.size() > MOST_OPEN) {
        drop(open.keySet().iterator().next());
      }
      return Optional.empty();
    }

    /** What is not after this place will not be completed any more. */
    private void finish(Place place) {
      done.merge(place.arm(), place, (a, b) -> b.after(a) ? b : a);
      for (Place other : List.copyOf(open.keySet())) {
        if (other.arm().equals(place.arm()) && !other.after(place)) {
          drop(other);
        }
      }
    }

    private void drop(Place place) {
      open.remove(place);
      incomplete++;
      fault =
          "update %d of %s, epoch %d, lacks a chunk"
              .formatted(place.interval(), place.arm(), place.epoch());
    }

    /** Number of records that could not be read so far. */
    public long damaged() {
      return damaged;
    }

    /** Number of updates dropped so far because some of their chunks did not come. */
    public long incomplete() {
      return incomplete;
    }

    /** What was wrong last; empty if nothing was. */
    public String fault() {
      return fault;
    }
  }
}
