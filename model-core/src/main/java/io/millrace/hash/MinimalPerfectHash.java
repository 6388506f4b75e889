package io.millrace.hash;

import io.millrace.math.Mix64;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * A minimal perfect hash function: gives each of {@code n} ids a number of its own in {@code [0,
 * n)}, and stores neither ids nor numbers. A fingerprint for each number recognises most ids
 * outside the set. About 2.9 bits per id besides the fingerprint.
 *
 * <pre>
 *  id ──► h ──► bucket of about 3 ids ──► its pilot, one byte
 *         │                                    │
 *         └──────────────► mix ◄───────────────┘
 *                           │
 *                           ▼
 *         slot in [0, 1.01 n); slots from n on are mapped to free ones below n
 * </pre>
 *
 * <p>The method is PTHash (Pibiri and Trani 2021), with the byte pilots of PtrHash (Groot Koerkamp
 * 2025):
 *
 * <ol>
 *   <li>Buckets get their pilots from the largest to the smallest: the first pilot that maps all
 *       ids of the bucket to free slots.
 *   <li>If there is none, the pilot of least cost, the sum of the squared sizes of the buckets that
 *       hold its slots; these buckets are evicted and placed again later. Recently placed buckets
 *       are never evicted, because otherwise two buckets could evict each other for ever.
 *   <li>After too many evictions the construction starts again with the next seed.
 *   <li>Occupied slots from n on are mapped to the free slots below n.
 * </ol>
 *
 * <p>An id outside the set passes with probability 2^-signatureBits. Building takes expected linear
 * time, is deterministic, and equal arguments give equal bytes on every machine. {@link #get} reads
 * a pilot and a fingerprint and allocates nothing. Immutable.
 *
 * <p>Serialised form, little-endian, owned by this class:
 *
 * <pre>
 * offset  bytes  content
 *      0      4  magic "MRPH"
 *      4      1  format version, 1
 *      5      1  signature bits s, 0..16
 *      6      2  0
 *      8      4  n, ids in the set
 *     12      4  0
 *     16      8  seed after the last attempt
 *     24      p  pilots, one byte a bucket; b = max(1, n / 3) buckets, p = b rounded up to 8
 *   24+p   8 * r free slots, ceil(log2 n) bits each, packed from the lowest bit up: targets of the slots
 *                n, n + 1, ...; n / 99 of them
 *    ...   8 * f fingerprints of the slots [0, n), s bits each, packed alike
 *    end      8  XXH64 of all bytes before, seed 0
 * </pre>
 */
public final class MinimalPerfectHash {

  private static final int FORMAT = 1;
  private static final int HEADER_BYTES = 24;
  private static final int CHECKSUM_BYTES = SealedForm.CHECKSUM_BYTES;
  private static final SealedForm FORM =
      new SealedForm("minimal perfect hash", 'M' | 'R' << 8 | 'P' << 16 | 'H' << 24, HEADER_BYTES);
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final int PILOTS = 256;
  private static final int IDS_A_BUCKET = 3;
  private static final int IDS_A_SPARE_SLOT = 99;
  private static final int MAX_ATTEMPTS = 1000;

  private final int size;
  private final int signatureBits;
  private final long seed;
  private final long key;
  private final byte[] pilots;
  private final PackedInts free;
  private final PackedInts fingerprints;

  private MinimalPerfectHash(
      int size,
      int signatureBits,
      long seed,
      byte[] pilots,
      PackedInts free,
      PackedInts fingerprints) {
    this.size = size;
    this.signatureBits = signatureBits;
    this.seed = seed;
    this.key = Mix64.mix(seed + GOLDEN);
    this.pilots = pilots;
    this.free = free;
    this.fingerprints = fingerprints;
  }

  private static MinimalPerfectHash empty(int size, int signatureBits, long seed) {
    return new MinimalPerfectHash(
        size,
        signatureBits,
        seed,
        new byte[buckets(size)],
        new PackedInts(spareSlots(size), bitsFor(size)),
        new PackedInts(size, signatureBits));
  }

  /**
   * Builds the function.
   *
   * @param ids distinct ids; their order does not matter
   * @param signatureBits width of the fingerprint, 0 to {@value StaticMap#MAX_SIGNATURE_BITS}
   * @param seed first seed to try
   * @throws IllegalArgumentException if an argument is out of range or an id occurs twice
   */
  public static MinimalPerfectHash build(long[] ids, int signatureBits, long seed) {
    if (signatureBits < 0 || signatureBits > StaticMap.MAX_SIGNATURE_BITS) {
      throw new IllegalArgumentException(
          "signature_bits must be in 0..16 but was " + signatureBits);
    }
    long[] sorted = ids.clone();
    Arrays.sort(sorted);
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i - 1] == sorted[i]) {
        throw new IllegalArgumentException("ids must be distinct but twice found " + sorted[i]);
      }
    }
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      MinimalPerfectHash hash = empty(ids.length, signatureBits, Mix64.mix(attempt, seed));
      Placing placing = new Placing(hash, sorted);
      if (placing.complete()) {
        placing.finish();
        return hash;
      }
    }
    throw new IllegalStateException("no seed found for " + ids.length + " ids; this cannot happen");
  }

  /**
   * The number of {@code id}, in {@code [0, size())}, different for all ids of the set. For an id
   * outside the set -1, or some number with the probability stated above.
   */
  public int get(long id) {
    if (size == 0) {
      return -1;
    }
    long h = Mix64.mix(id ^ key);
    int slot = slot(h, pilots[bucket(h)]);
    if (slot >= size) {
      slot = free.get(slot - size);
    }
    return fingerprints.get(slot) == fingerprint(h) ? slot : -1;
  }

  /** Number of ids in the set. */
  public int size() {
    return size;
  }

  /** Length of {@link #toBytes} in bytes. */
  public long serializedBytes() {
    return serializedBytes(size, signatureBits);
  }

  /** Length in bytes for {@code size} ids. */
  public static long serializedBytes(int size, int signatureBits) {
    return HEADER_BYTES
        + padded(buckets(size))
        + 8L * PackedInts.words(spareSlots(size), bitsFor(size))
        + 8L * PackedInts.words(size, signatureBits)
        + CHECKSUM_BYTES;
  }

  /** The serialised form, as drawn above. */
  public byte[] toBytes() {
    ByteBuffer out = FORM.begin(serializedBytes());
    out.put((byte) FORMAT).put((byte) signatureBits).putShort((short) 0);
    out.putInt(size).putInt(0).putLong(seed);
    out.put(pilots).position(HEADER_BYTES + padded(pilots.length));
    free.write(out);
    fingerprints.write(out);
    return SealedForm.seal(out);
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @param name where the bytes come from, for the message
   * @throws IOException if the bytes are cut, damaged or of another format
   */
  public static MinimalPerfectHash fromBytes(byte[] bytes, String name) throws IOException {
    ByteBuffer in = FORM.open(bytes, name);
    int format = in.get();
    if (format != FORMAT) {
      throw new IOException(name + ": minimal perfect hash format must be 1 but was " + format);
    }
    FORM.check(in, name);
    int signatureBits = in.get();
    int size = in.getInt(8);
    if (signatureBits < 0
        || signatureBits > StaticMap.MAX_SIGNATURE_BITS
        || size < 0
        || serializedBytes(size, signatureBits) != bytes.length) {
      throw new IOException(
          name + ": damaged, the header of the minimal perfect hash contradicts its length");
    }
    byte[] pilots = new byte[buckets(size)];
    long seed = in.position(16).getLong();
    in.get(pilots).position(HEADER_BYTES + padded(pilots.length));
    PackedInts free = PackedInts.read(in, spareSlots(size), bitsFor(size));
    PackedInts fingerprints = PackedInts.read(in, size, signatureBits);
    return new MinimalPerfectHash(size, signatureBits, seed, pilots, free, fingerprints);
  }

  private static int buckets(int size) {
    return Math.max(1, size / IDS_A_BUCKET);
  }

  private static int spareSlots(int size) {
    return size / IDS_A_SPARE_SLOT;
  }

  private static int bitsFor(int values) {
    return values < 2 ? 0 : 32 - Integer.numberOfLeadingZeros(values - 1);
  }

  private static int padded(int bytes) {
    return Math.addExact(bytes, 7) & ~7;
  }

  private int bucket(long h) {
    return Mix64.reduce(h, pilots.length);
  }

  private int slot(long h, int pilot) {
    return Mix64.reduce(Mix64.mix(h ^ GOLDEN * ((pilot & 0xFF) + 1)), size + spareSlots(size));
  }

  private int fingerprint(long h) {
    return (int) (Mix64.mix(h + GOLDEN) & (1L << signatureBits) - 1);
  }

  /** Steps 1 to 4 for one seed. */
  private static final class Placing {
    private static final int NONE = -1;
    private static final int RECENT = 16;

    private final MinimalPerfectHash hash;

    /** Hashed ids, bucket by bucket. */
    private final long[] hashed;

    /** Start of each bucket in {@link #hashed}, and the end of the last one. */
    private final int[] first;

    /** The bucket that holds a slot, or NONE. */
    private final int[] holder;

    private final int[] slots;
    private final PriorityQueue<Integer> waiting;

    /** Recently placed buckets, which must not be evicted. */
    private final int[] recent;

    private long turns;
    private final boolean complete;

    Placing(MinimalPerfectHash hash, long[] ids) {
      this.hash = hash;
      this.first = new int[hash.pilots.length + 1];
      this.hashed = byBucket(ids);
      this.holder = new int[hash.size + spareSlots(hash.size)];
      Arrays.fill(holder, NONE);
      this.slots = new int[largest()];
      this.recent = new int[Math.min(RECENT, 1 + hash.pilots.length / 8)];
      Arrays.fill(recent, NONE);
      this.waiting =
          new PriorityQueue<>(
              (a, b) -> size(a) != size(b) ? size(b) - size(a) : Integer.compare(a, b));
      for (int b = 0; b < hash.pilots.length; b++) {
        if (size(b) > 0) {
          waiting.add(b);
        }
      }
      this.complete = place();
    }

    boolean complete() {
      return complete;
    }

    private long[] byBucket(long[] ids) {
      for (long id : ids) {
        first[hash.bucket(Mix64.mix(id ^ hash.key)) + 1]++;
      }
      for (int b = 0; b + 1 < first.length; b++) {
        first[b + 1] += first[b];
      }
      int[] next = first.clone();
      long[] sorted = new long[ids.length];
      for (long id : ids) {
        long h = Mix64.mix(id ^ hash.key);
        sorted[next[hash.bucket(h)]++] = h;
      }
      return sorted;
    }

    private int size(int bucket) {
      return first[bucket + 1] - first[bucket];
    }

    private int largest() {
      int largest = 0;
      for (int b = 0; b < hash.pilots.length; b++) {
        largest = Math.max(largest, size(b));
      }
      return largest;
    }

    private boolean place() {
      long limit = 100L + 20L * hash.pilots.length;
      while (!waiting.isEmpty()) {
        if (++turns > limit || !place(waiting.remove())) {
          return false;
        }
      }
      return true;
    }

    /**
     * Finds a pilot for a bucket; false if with every pilot its ids collide with each other or with
     * recently placed buckets.
     */
    private boolean place(int bucket) {
      int best = NONE;
      long least = Long.MAX_VALUE;
      int start = (int) Mix64.mix(turns);
      for (int k = 0; k < PILOTS && least > 0; k++) {
        int pilot = (start + k) & (PILOTS - 1);
        long thrown = thrownOut(bucket, pilot, least);
        if (thrown < least) {
          least = thrown;
          best = pilot;
        }
      }
      if (best == NONE) {
        return false;
      }
      take(bucket, best);
      return true;
    }

    /**
     * The cost of a pilot; {@link Long#MAX_VALUE} if it is at least {@code enough} or the pilot is
     * impossible.
     */
    private long thrownOut(int bucket, int pilot, long enough) {
      int n = size(bucket);
      long sum = 0;
      for (int i = 0; i < n; i++) {
        slots[i] = hash.slot(hashed[first[bucket] + i], pilot);
        int other = holder[slots[i]];
        if (other != NONE) {
          sum += (long) size(other) * size(other);
        }
        if (sum >= enough || other != NONE && placedLately(other)) {
          return Long.MAX_VALUE;
        }
      }
      Arrays.sort(slots, 0, n);
      for (int i = 1; i < n; i++) {
        if (slots[i - 1] == slots[i]) {
          return Long.MAX_VALUE;
        }
      }
      return sum;
    }

    private boolean placedLately(int bucket) {
      for (int lately : recent) {
        if (lately == bucket) {
          return true;
        }
      }
      return false;
    }

    private void take(int bucket, int pilot) {
      recent[(int) (turns % recent.length)] = bucket;
      for (int i = first[bucket]; i < first[bucket + 1]; i++) {
        int other = holder[hash.slot(hashed[i], pilot)];
        if (other != NONE) {
          leave(other);
          waiting.add(other);
        }
      }
      hash.pilots[bucket] = (byte) pilot;
      for (int i = first[bucket]; i < first[bucket + 1]; i++) {
        holder[hash.slot(hashed[i], pilot)] = bucket;
      }
    }

    private void leave(int bucket) {
      for (int i = first[bucket]; i < first[bucket + 1]; i++) {
        holder[hash.slot(hashed[i], hash.pilots[bucket])] = NONE;
      }
    }

    /** Step 4, and the fingerprints. */
    void finish() {
      int below = 0;
      int[] leadsTo = new int[holder.length];
      for (int slot = 0; slot < holder.length; slot++) {
        leadsTo[slot] = slot;
        if (slot >= hash.size && holder[slot] != NONE) {
          while (holder[below] != NONE) {
            below++;
          }
          leadsTo[slot] = below;
          hash.free.set(slot - hash.size, below++);
        }
      }
      for (int b = 0; b < hash.pilots.length; b++) {
        for (int i = first[b]; i < first[b + 1]; i++) {
          int slot = leadsTo[hash.slot(hashed[i], hash.pilots[b])];
          hash.fingerprints.set(slot, hash.fingerprint(hashed[i]));
        }
      }
    }
  }
}
