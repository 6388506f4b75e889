package io.millrace.hash;

import io.millrace.math.Bisection;
import io.millrace.math.Mix64;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A compact static function from 64-bit ids to small numbers, with a fingerprint that recognises
 * most ids outside its domain. It stores neither ids nor an index, only slots of {@code ceil(log2
 * values) + signatureBits} bits: about 1.01 slots per id if a slot has at most 19 bits, else 1.03.
 *
 * <p>An id's hash selects a few slots, and their XOR is (fingerprint, value). The contents of the
 * slots solve a system of linear equations over GF(2), with one equation per id:
 *
 * <ol>
 *   <li>The hash assigns an id to one of {@code ids / }{@value StaticMapBuilder#SHARD_IDS} shards,
 *       which are solved one by one by elimination (Genuzio, Ottaviano and Vigna 2020).
 *   <li>In its shard an id has a window of three adjacent blocks of 32 slots, and a place in each
 *       block. It uses the slot at the place and, by random choice, the next one or two: as many as
 *       one read of 8 bytes covers. Windows that would begin before or end after the shard are
 *       moved to its first or last window.
 *   <li>If the equations of a shard are linearly dependent, its next seed is tried.
 * </ol>
 *
 * <p>Because windows are short, the system is banded and solved fast ({@link BandedSystem}), and it
 * needs fewer slots than with distant places (spatial coupling, Walzer 2021). Because an id uses up
 * to nine slots with three reads, few slots stay unused.
 *
 * <p>An id outside the domain reads random bits. It passes the fingerprint with probability
 * 2^-signatureBits, times values / 2^ceil(log2 values), because numbers out of range are
 * recognised, too. Building takes linear time, is deterministic, and equal arguments give equal
 * bytes on every machine. A lookup reads an entry of the directory of shards and three places
 * within a few hundred bytes, and allocates nothing. Immutable.
 *
 * <p>Serialised form, little-endian, owned by this class:
 *
 * <pre>
 * offset  bytes  content
 *      0      4  magic "MRSM"
 *      4      1  format version, 1
 *      5      1  signature bits, 0..16
 *      6      2  0
 *      8      4  ids in the domain
 *     12      4  values: get() returns -1 or a number in [0, values)
 *     16      4  s, the number of shards, at least 1
 *     20      8  seed
 *     28     4s  the shards: number of slots (2 bytes), seed (2 bytes)
 *  28+4s      w  all slots in turn, each of d = ceil(log2 values) + signature bits, packed from the lowest bit up; the fingerprint is in the upper bits; w = ceil(slots * d / 8)
 *    end      8  XXH64 of all bytes before, seed 0
 *
 * for an id: h = Mix64.mix(id, seed)
 *   shard        Mix64.reduce(h, s); it has n slots and the seed t
 *   fingerprint  the lowest signature bits of h
 * and then: g = Mix64.remix(h, t)
 *   r            3 if 3 d &lt;= 57, else 2: how many slots a place may use
 *   b            the largest power of 2 up to 32 with 3 b + r - 1 &lt;= n
 *   window       c = 3 b + r - 1 slots, from max(0, min(Mix64.reduce(g, n) - floor(c / 2), n - c))
 *   place j      slot j b + (byte j of g) mod b of the window, j = 0..2; byte 0 is the lowest
 *   uses         the slot at the place; the next one if bit 5 of that byte is set; and the one after
 *                that if bit 6 is set and r = 3. A slot that is used twice is not used
 * </pre>
 */
public final class StaticMap {

  /** Largest width of a fingerprint in bits. */
  public static final int MAX_SIGNATURE_BITS = 16;

  /** Bytes after the last slot, because slots are read 8 bytes at a time. */
  static final int PADDING = Long.BYTES;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int FORMAT = 1;
  private static final int HEADER_BYTES = 28;
  private static final int SHARD_BYTES = 4;
  private static final int CHECKSUM_BYTES = SealedForm.CHECKSUM_BYTES;
  private static final SealedForm FORM =
      new SealedForm(
          "static map", 'M' | 'R' << 8 | 'S' << 16 | 'M' << 24, HEADER_BYTES + SHARD_BYTES);

  private final int size;
  private final int values;
  private final int signatureBits;
  private final long seed;

  /** For each shard its first slot (32 bits), its number of slots (16) and its seed (16). */
  private final long[] directory;

  /** Packed slots and padding. */
  private final byte[] slots;

  private final StaticMapLayout layout;
  private final long key;
  private final int valueBits;
  private final int width;
  private final long mask;

  /** Masks for the 8 bytes of a read: for each choice of a place, the slots that it uses. */
  private final long[] readMasks;

  /** Upper bound, exclusive, of the values that pass. */
  private final int bound;

  StaticMap(int size, int values, int signatureBits, long seed, long[] directory, byte[] slots) {
    this.size = size;
    this.values = values;
    this.signatureBits = signatureBits;
    this.seed = seed;
    this.directory = directory;
    this.slots = slots;
    this.key = Mix64.key(seed);
    this.valueBits = bitsFor(values);
    this.width = valueBits + signatureBits;
    this.mask = (1L << width) - 1;
    this.layout = StaticMapLayout.of(width, slotsOf(directory[0]));
    this.readMasks = readMasks();
    this.bound = size == 0 ? 0 : values;
  }

  private long[] readMasks() {
    long second = layout.readsAtOnce() ? mask << width : 0;
    long third = layout.run() == 3 ? mask << 2 * width : 0;
    return new long[] {mask, mask | second, mask | third, mask | second | third};
  }

  /**
   * Builds the function {@code ids[i] -> value[i]}.
   *
   * @param ids distinct ids in any order
   * @param value a number in {@code [0, values)} for each id
   * @param values bound on the numbers, at least 1
   * @param signatureBits width of the fingerprint, 0 to {@value #MAX_SIGNATURE_BITS}
   * @param seed chooses the hash
   * @throws IllegalArgumentException if an argument is out of range or an id occurs twice
   */
  public static StaticMap build(long[] ids, int[] value, int values, int signatureBits, long seed) {
    checkArguments(ids, value, values, signatureBits);
    return new StaticMapBuilder(ids, value, values, signatureBits, seed).build();
  }

  /**
   * The value of {@code id}: correct for an id of the domain; otherwise -1, or some value with the
   * probability stated above.
   */
  public int get(long id) {
    long h = Mix64.mix(id ^ key);
    long shard = directory[Mix64.reduce(h, directory.length)];
    long g = Mix64.remix(h, seedOf(shard));
    int start = startOf(shard) + layout.start(g, slotsOf(shard));
    long bits =
        read(start + layout.place(g, 0), StaticMapLayout.choice(g, 0))
            ^ read(start + layout.place(g, 1), StaticMapLayout.choice(g, 1))
            ^ read(start + layout.place(g, 2), StaticMapLayout.choice(g, 2));
    return value(bits, h);
  }

  /**
   * The values of many ids, as {@link #get(long)} returns them. Faster, above all if the map is
   * larger than the processor's caches, because the slots of {@value Batch#IDS} ids are fetched in
   * parallel.
   *
   * @param ids the first {@code n} are looked up
   * @param values receives their values, {@code int[n]} or longer
   */
  public void get(long[] ids, int n, int[] values) {
    Batch batch = Batch.OF_THREAD.get();
    for (int from = 0; from < n; from += Batch.IDS) {
      int count = Math.min(Batch.IDS, n - from);
      mix(ids, from, count, batch.hashes);
      place(batch.hashes, count, batch.places);
      batch.hashes[0] = touch(batch.places, count);
      read(batch.places, count, values, from);
    }
  }

  /**
   * Buffers of a thread: hashes of ids, then three places of each, its choices and its fingerprint.
   */
  private static final class Batch {
    static final int IDS = 64;
    static final int STRIDE = 4;
    static final ThreadLocal<Batch> OF_THREAD = ThreadLocal.withInitial(Batch::new);

    final long[] hashes = new long[IDS];
    final int[] places = new int[STRIDE * IDS];
  }

  private void mix(long[] ids, int from, int count, long[] hashes) {
    for (int i = 0; i < count; i++) {
      hashes[i] = Mix64.mix(ids[from + i] ^ key);
    }
  }

  private void place(long[] hashes, int count, int[] places) {
    for (int i = 0; i < count; i++) {
      long h = hashes[i];
      long shard = directory[Mix64.reduce(h, directory.length)];
      long g = Mix64.remix(h, seedOf(shard));
      int start = startOf(shard) + layout.start(g, slotsOf(shard));
      int at = Batch.STRIDE * i;
      places[at] = start + layout.place(g, 0);
      places[at + 1] = start + layout.place(g, 1);
      places[at + 2] = start + layout.place(g, 2);
      places[at + 3] = StaticMapLayout.choices(g) << 16 | (int) h & 0xFFFF;
    }
  }

  /**
   * Prefetches slots into the nearest cache, many in parallel. The result is kept, so that the
   * compiler does not remove the reads.
   */
  private long touch(int[] places, int count) {
    long sum = 0;
    for (int at = 0; at < Batch.STRIDE * count; at += Batch.STRIDE) {
      sum += bytesFrom(places[at]) + bytesFrom(places[at + 1]) + bytesFrom(places[at + 2]);
    }
    return sum;
  }

  private void read(int[] places, int count, int[] values, int from) {
    for (int i = 0; i < count; i++) {
      int at = Batch.STRIDE * i;
      int rest = places[at + 3];
      long bits =
          read(places[at], rest >>> 16)
              ^ read(places[at + 1], rest >>> 18)
              ^ read(places[at + 2], rest >>> 20);
      values[from + i] = value(bits, rest);
    }
  }

  /** The contents of the slots that a place uses, adjacent in a word. */
  private long read(int slot, int choice) {
    long bits = bitsFrom(slot) & readMasks[choice & readMasks.length - 1];
    return layout.readsAtOnce() ? bits : bits ^ bitsFrom(slot + 1) & mask & -(choice & 1);
  }

  private long bitsFrom(int slot) {
    return bytesFrom(slot) >>> ((long) slot * width & 7);
  }

  private long bytesFrom(int slot) {
    return (long) LONG.get(slots, (int) ((long) slot * width >>> 3));
  }

  private int value(long bits, long h) {
    long sum = bits ^ bits >>> layout.second() ^ bits >>> layout.third() ^ h << valueBits;
    long found = sum & mask;
    return found < bound ? (int) found : -1;
  }

  /** Number of ids in the domain. */
  public int size() {
    return size;
  }

  /** Bound on the values. */
  public int values() {
    return values;
  }

  /** Width of the fingerprint in bits. */
  public int signatureBits() {
    return signatureBits;
  }

  /** Number of slots. */
  public int slots() {
    long last = directory[directory.length - 1];
    return startOf(last) + slotsOf(last);
  }

  /** Length of {@link #toBytes} in bytes. */
  public long serializedBytes() {
    return HEADER_BYTES
        + (long) SHARD_BYTES * directory.length
        + (slots.length - PADDING)
        + CHECKSUM_BYTES;
  }

  /**
   * Expected {@link #serializedBytes} of a map; exact, except for a further slot in a shard for
   * which many seeds fail, which is very rare.
   *
   * @param ids ids in the domain
   * @param values bound on the values, at least 1
   * @param signatureBits width of the fingerprint
   */
  public static long expectedBytes(int ids, int values, int signatureBits) {
    int width = bitsFor(values) + signatureBits;
    long slots = StaticMapBuilder.slots(ids, width);
    return HEADER_BYTES
        + (long) SHARD_BYTES * StaticMapBuilder.shards(ids)
        + bytesFor(slots, width)
        + CHECKSUM_BYTES;
  }

  /** Largest number of ids, up to {@code atMost}, with an expected map of at most {@code bytes}. */
  public static int mostIds(long bytes, int values, int signatureBits, int atMost) {
    return Bisection.largest(0, atMost, ids -> expectedBytes(ids, values, signatureBits) <= bytes);
  }

  /** The serialised form, as drawn above. */
  public byte[] toBytes() {
    ByteBuffer out = FORM.begin(serializedBytes());
    out.put((byte) FORMAT).put((byte) signatureBits).putShort((short) 0);
    out.putInt(size).putInt(values).putInt(directory.length).putLong(seed);
    for (long shard : directory) {
      out.putShort((short) slotsOf(shard)).putShort((short) seedOf(shard));
    }
    out.put(slots, 0, slots.length - PADDING);
    return SealedForm.seal(out);
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @param name where the bytes come from, for the message
   * @throws IOException if the bytes are cut, damaged or of another format
   */
  public static StaticMap fromBytes(byte[] bytes, String name) throws IOException {
    ByteBuffer in = FORM.open(bytes, name);
    int format = in.get();
    if (format != FORMAT) {
      throw new IOException(name + ": static map format must be 1 but was " + format);
    }
    FORM.check(in, name);
    return readBody(in, name);
  }

  private static StaticMap readBody(ByteBuffer in, String name) throws IOException {
    int signatureBits = in.get();
    in.getShort();
    int size = in.getInt();
    int values = in.getInt();
    int shards = in.getInt();
    long seed = in.getLong();
    if (signatureBits < 0
        || signatureBits > MAX_SIGNATURE_BITS
        || size < 0
        || values < 1
        || shards < 1
        || shards > in.remaining() / SHARD_BYTES) {
      throw contradiction(name);
    }
    long[] directory = readDirectory(in, shards, name);
    long used = (long) startOf(directory[shards - 1]) + slotsOf(directory[shards - 1]);
    if (bytesFor(used, bitsFor(values) + signatureBits) != in.remaining()) {
      throw contradiction(name);
    }
    byte[] slots = new byte[in.remaining() + PADDING];
    in.get(slots, 0, in.remaining());
    return new StaticMap(size, values, signatureBits, seed, directory, slots);
  }

  private static long[] readDirectory(ByteBuffer in, int shards, String name) throws IOException {
    long[] directory = new long[shards];
    long first = 0;
    for (int i = 0; i < shards; i++) {
      int slots = in.getShort() & 0xFFFF;
      directory[i] = shard(first, slots, in.getShort() & 0xFFFF);
      first += slots;
      if (slots < StaticMapLayout.leastSlots(shards) || first > Integer.MAX_VALUE) {
        throw contradiction(name);
      }
    }
    return directory;
  }

  private static IOException contradiction(String name) {
    return new IOException(name + ": damaged, the header of the static map contradicts its length");
  }

  private static void checkArguments(long[] ids, int[] value, int values, int signatureBits) {
    if (ids.length != value.length) {
      throw new IllegalArgumentException(
          "as many values as ids expected but were " + value.length + " and " + ids.length);
    }
    if (values < 1) {
      throw new IllegalArgumentException("values must be >= 1 but was " + values);
    }
    if (signatureBits < 0 || signatureBits > MAX_SIGNATURE_BITS) {
      throw new IllegalArgumentException(
          "signature_bits must be in 0..16 but was " + signatureBits);
    }
    for (int v : value) {
      if (v < 0 || v >= values) {
        throw new IllegalArgumentException("a value must be in [0, " + values + ") but was " + v);
      }
    }
  }

  static int bitsFor(int values) {
    return 32 - Integer.numberOfLeadingZeros(values - 1);
  }

  /** Bytes of a number of slots, without padding. */
  static long bytesFor(long slots, int width) {
    return (slots * width + 7) / 8;
  }

  /** An entry of the directory. */
  static long shard(long start, int slots, int seed) {
    return start << 32 | (long) slots << 16 | seed;
  }

  private static int startOf(long shard) {
    return (int) (shard >>> 32);
  }

  private static int slotsOf(long shard) {
    return (int) (shard >>> 16) & 0xFFFF;
  }

  private static int seedOf(long shard) {
    return (int) shard & 0xFFFF;
  }
}
