package io.millrace.hash;

import io.millrace.math.Mix64;
import io.millrace.math.XxHash64;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A compact static function from 64-bit ids to small numbers, with a fingerprint that recognises
 * most ids outside of its domain. It stores neither ids nor an index, only about 1.13 to 1.25 slots
 * of {@code ceil(log2 values) + signatureBits} bits an id.
 *
 * <p>The method is that of static functions by hypergraph peeling (Majewski, Wormald, Havas and
 * Czech 1996), with the slots of binary fuse filters (Graf and Lemire 2022):
 *
 * <ol>
 *   <li>Each id is hashed to one slot in each of three neighbouring segments.
 *   <li>Slots that a single id uses are taken away with their id, again and again. If ids remain,
 *       the next seed is tried, with slightly more slots every few attempts.
 *   <li>In reverse order each id sets the slot it was taken away with, so that the XOR of its three
 *       slots is (fingerprint, value).
 * </ol>
 *
 * <p>An id outside of the domain reads random bits: it passes the fingerprint with probability
 * 2^-signatureBits, times values / 2^ceil(log2 values) as numbers that are no value are recognised,
 * too. Building takes linear time, is deterministic, and equal arguments give equal bytes on every
 * machine. {@link #get} reads three places and allocates nothing. Immutable.
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
 *     16      4  start segments; there are two segments more
 *     20      4  slots a segment
 *     24      8  seed after the last attempt
 *     32   8 * w slots of ceil(log2 values) + signature bits, packed from the lowest bit up; the
 *                fingerprint is the upper part; w = ceil(slots * bits / 64)
 *  32+8w      8  XXH64 of all bytes before, seed 0
 * </pre>
 */
public final class StaticMap {

  /** Largest width of a fingerprint in bits. */
  public static final int MAX_SIGNATURE_BITS = 16;

  private static final int MAGIC = 'M' | 'R' << 8 | 'S' << 16 | 'M' << 24;
  private static final int FORMAT = 1;
  private static final int HEADER_BYTES = 32;
  private static final int CHECKSUM_BYTES = 8;
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final int ATTEMPTS_PER_SIZE = 8;
  private static final int MAX_ATTEMPTS = 10_000;

  private final int size;
  private final int values;
  private final int signatureBits;
  private final int startSegments;
  private final int segmentLength;
  private final long seed;
  private final long key;
  private final int valueBits;
  private final int width;

  /** Packed slots, and one word of padding so that a slot is always read from two words. */
  private final long[] words;

  private StaticMap(
      int size,
      int values,
      int signatureBits,
      int startSegments,
      int segmentLength,
      long seed,
      long[] words) {
    this.size = size;
    this.values = values;
    this.signatureBits = signatureBits;
    this.startSegments = startSegments;
    this.segmentLength = segmentLength;
    this.seed = seed;
    this.key = Mix64.mix(seed + GOLDEN);
    this.valueBits = bitsFor(values);
    this.width = valueBits + signatureBits;
    this.words = words;
  }

  /**
   * Builds the function {@code ids[i] -> value[i]}.
   *
   * @param ids distinct ids in any order
   * @param value a number in {@code [0, values)} for each id
   * @param values bound on the numbers, at least 1
   * @param signatureBits width of the fingerprint, 0 to {@value #MAX_SIGNATURE_BITS}
   * @param seed first seed to try
   * @throws IllegalArgumentException if an argument is out of range or an id occurs twice
   */
  public static StaticMap build(long[] ids, int[] value, int values, int signatureBits, long seed) {
    checkArguments(ids, value, values, signatureBits);
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      StaticMap shape = shape(ids.length, values, signatureBits, attempt, seed);
      Peeling peeling = new Peeling(shape, ids);
      if (peeling.complete()) {
        peeling.assign(value);
        return shape;
      }
    }
    throw new IllegalStateException("no seed found for " + ids.length + " ids; this cannot happen");
  }

  /**
   * The value of {@code id}: always right for an id of the domain; otherwise -1, or with the
   * probability stated above some value.
   */
  public int get(long id) {
    if (size == 0) {
      return -1;
    }
    long h = Mix64.mix(id ^ key);
    long g = Mix64.mix(h + GOLDEN);
    int first = firstSlot(h);
    long bits = slot(first) ^ slot(secondSlot(h, g)) ^ slot(thirdSlot(h, g));
    int value = (int) (bits & (1L << valueBits) - 1);
    return bits >>> valueBits == fingerprint(g) && value < values ? value : -1;
  }

  /** Ids in the domain. */
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

  /** Slots of the table; at most 1.25 an id from 1,000 ids on. */
  public int slots() {
    return (startSegments + 2) * segmentLength;
  }

  /** Length of {@link #toBytes} in bytes. */
  public long serializedBytes() {
    return HEADER_BYTES + 8L * (words.length - 1) + CHECKSUM_BYTES;
  }

  /**
   * What {@link #serializedBytes} will be of a map of so many ids, if the first seed serves.
   *
   * @param ids in the domain
   * @param values bound on the values, at least 1
   * @param signatureBits width of the fingerprint
   */
  public static long expectedBytes(int ids, int values, int signatureBits) {
    int startSegments = startSegments(ids);
    int segmentLength = (int) Math.ceil(slotsPerId(ids) * ids / (startSegments + 2));
    long words = wordsFor(startSegments, segmentLength, bitsFor(values) + signatureBits);
    return HEADER_BYTES + 8 * words + CHECKSUM_BYTES;
  }

  /** The serialised form, as drawn above. */
  public byte[] toBytes() {
    ByteBuffer out =
        ByteBuffer.allocate(Math.toIntExact(serializedBytes())).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(MAGIC).put((byte) FORMAT).put((byte) signatureBits).putShort((short) 0);
    out.putInt(size).putInt(values).putInt(startSegments).putInt(segmentLength).putLong(seed);
    for (int i = 0; i < words.length - 1; i++) {
      out.putLong(words[i]);
    }
    out.putLong(XxHash64.hash(out.array(), 0, out.position(), 0));
    return out.array();
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @param name where the bytes come from, for the message
   * @throws IOException if the bytes are cut, damaged or of another format
   */
  public static StaticMap fromBytes(byte[] bytes, String name) throws IOException {
    if (bytes.length < HEADER_BYTES + CHECKSUM_BYTES) {
      throw new IOException(
          name + ": a static map has at least 40 bytes but found " + bytes.length);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (in.getInt() != MAGIC) {
      throw new IOException(name + ": not a static map, the magic is missing");
    }
    int format = in.get();
    if (format != FORMAT) {
      throw new IOException(name + ": static map format must be 1 but was " + format);
    }
    int body = bytes.length - CHECKSUM_BYTES;
    if (in.getLong(body) != XxHash64.hash(bytes, 0, body, 0)) {
      throw new IOException(name + ": damaged, the checksum of the static map does not match");
    }
    return readBody(in, bytes.length, name);
  }

  private static StaticMap readBody(ByteBuffer in, int length, String name) throws IOException {
    int signatureBits = in.get();
    in.getShort();
    int size = in.getInt();
    int values = in.getInt();
    int startSegments = in.getInt();
    int segmentLength = in.getInt();
    long seed = in.getLong();
    int words = (length - HEADER_BYTES - CHECKSUM_BYTES) / Long.BYTES;
    if (signatureBits < 0
        || signatureBits > MAX_SIGNATURE_BITS
        || size < 0
        || values < 1
        || startSegments < 1
        || segmentLength < 0
        || wordsFor(startSegments, segmentLength, bitsFor(values) + signatureBits) != words
        || (length - HEADER_BYTES - CHECKSUM_BYTES) % Long.BYTES != 0) {
      throw new IOException(
          name + ": damaged, the header of the static map contradicts its length");
    }
    long[] packed = new long[words + 1];
    for (int i = 0; i < words; i++) {
      packed[i] = in.getLong();
    }
    return new StaticMap(size, values, signatureBits, startSegments, segmentLength, seed, packed);
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
    long[] sorted = ids.clone();
    Arrays.sort(sorted);
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i - 1] == sorted[i]) {
        throw new IllegalArgumentException("ids must be distinct but twice found " + sorted[i]);
      }
    }
  }

  /** An empty table of the size and seed of that attempt. */
  private static StaticMap shape(
      int ids, int values, int signatureBits, int attempt, long firstSeed) {
    int startSegments = startSegments(ids);
    int enlarged = attempt / ATTEMPTS_PER_SIZE;
    double slotsPerId = slotsPerId(ids) + .01 * enlarged;
    int segmentLength = (int) Math.ceil(slotsPerId * ids / (startSegments + 2));
    long words = wordsFor(startSegments, segmentLength, bitsFor(values) + signatureBits);
    return new StaticMap(
        ids,
        values,
        signatureBits,
        startSegments,
        segmentLength,
        Mix64.mix(attempt, firstSeed),
        new long[Math.toIntExact(words + 1)]);
  }

  /** Measured: the number of segments that peels with the fewest slots. */
  private static int startSegments(int ids) {
    if (ids < 10_000) {
      return 1;
    }
    return ids < 30_000 ? 48 : ids < 1_000_000 ? 64 : 200;
  }

  /** Measured: slots an id at which peeling with {@link #startSegments} begins to succeed. */
  private static double slotsPerId(int ids) {
    if (ids < 10_000) {
      return 1.22;
    }
    return ids < 30_000 ? 1.20 : ids < 100_000 ? 1.18 : ids < 1_000_000 ? 1.155 : 1.125;
  }

  private static int bitsFor(int values) {
    return 32 - Integer.numberOfLeadingZeros(values - 1);
  }

  private static long wordsFor(int startSegments, int segmentLength, int width) {
    return (((long) startSegments + 2) * segmentLength * width + 63) / 64;
  }

  private int segmentStart(long h) {
    return Mix64.reduce(h, startSegments) * segmentLength;
  }

  private int firstSlot(long h) {
    return segmentStart(h) + Mix64.reduce(h << 32, segmentLength);
  }

  private int secondSlot(long h, long g) {
    return segmentStart(h) + segmentLength + Mix64.reduce(g, segmentLength);
  }

  private int thirdSlot(long h, long g) {
    return segmentStart(h) + 2 * segmentLength + Mix64.reduce(g << 32, segmentLength);
  }

  private long fingerprint(long g) {
    return Mix64.mix(g + GOLDEN) & (1L << signatureBits) - 1;
  }

  private long slot(int index) {
    long bit = (long) index * width;
    int word = (int) (bit >>> 6);
    int shift = (int) bit & 63;
    long bits = words[word] >>> shift | words[word + 1] << 1 << (63 - shift);
    return bits & (1L << width) - 1;
  }

  /** Writes a slot that is still 0. */
  private void setSlot(int index, long bits) {
    long bit = (long) index * width;
    int word = (int) (bit >>> 6);
    int shift = (int) bit & 63;
    words[word] |= bits << shift;
    words[word + 1] |= bits >>> 1 >>> (63 - shift);
  }

  /** Steps 2 and 3: in which order ids are taken away, and the slot that each is taken with. */
  private static final class Peeling {
    private final StaticMap map;
    private final long[] ids;

    /** XOR of the indices of the ids that use a slot, and how many they are. */
    private final int[] users;

    private final int[] degree;
    private final int[] order;
    private final int[] slotOf;
    private int taken;

    Peeling(StaticMap map, long[] ids) {
      this.map = map;
      this.ids = ids;
      this.users = new int[map.slots()];
      this.degree = new int[map.slots()];
      this.order = new int[ids.length];
      this.slotOf = new int[ids.length];
      for (int i = 0; i < ids.length; i++) {
        toggle(i, 1);
      }
      peel();
    }

    boolean complete() {
      return taken == ids.length;
    }

    private void toggle(int i, int change) {
      long h = Mix64.mix(ids[i] ^ map.key);
      long g = Mix64.mix(h + GOLDEN);
      toggleSlot(map.firstSlot(h), i, change);
      toggleSlot(map.secondSlot(h, g), i, change);
      toggleSlot(map.thirdSlot(h, g), i, change);
    }

    private void toggleSlot(int slot, int i, int change) {
      users[slot] ^= i;
      degree[slot] += change;
    }

    private void peel() {
      for (int slot = 0; slot < degree.length; slot++) {
        int from = taken;
        take(slot);
        for (int next = from; next < taken; next++) {
          long h = Mix64.mix(ids[order[next]] ^ map.key);
          long g = Mix64.mix(h + GOLDEN);
          take(map.firstSlot(h));
          take(map.secondSlot(h, g));
          take(map.thirdSlot(h, g));
        }
      }
    }

    private void take(int slot) {
      if (degree[slot] == 1) {
        int i = users[slot];
        order[taken] = i;
        slotOf[taken++] = slot;
        toggle(i, -1);
      }
    }

    void assign(int[] value) {
      for (int k = ids.length - 1; k >= 0; k--) {
        int i = order[k];
        long h = Mix64.mix(ids[i] ^ map.key);
        long g = Mix64.mix(h + GOLDEN);
        long others =
            map.slot(map.firstSlot(h))
                ^ map.slot(map.secondSlot(h, g))
                ^ map.slot(map.thirdSlot(h, g));
        map.setSlot(slotOf[k], others ^ (map.fingerprint(g) << map.valueBits | value[i]));
      }
    }
  }
}
