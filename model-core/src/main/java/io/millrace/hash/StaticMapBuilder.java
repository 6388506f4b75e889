package io.millrace.hash;

import io.millrace.math.Mix64;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Builds a {@link StaticMap}: sorts the ids by shard, then finds for each shard a seed with
 * independent equations, and appends the slots. Used once.
 */
final class StaticMapBuilder {

  /**
   * Average number of ids per shard: fewer seeds work for larger shards, and smaller ones need more
   * directory entries.
   */
  static final int SHARD_IDS = 1500;

  /** Ids per spare slot, by the number of slots that a place may use. */
  private static final int IDS_A_SPARE_OF_RUN_3 = 128;

  private static final int IDS_A_SPARE_OF_RUN_2 = 36;

  /** Attempts before a shard gets another slot, which is very rare. */
  private static final int ATTEMPTS_PER_SIZE = 128;

  private static final int MAX = 0xFFFF;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long[] ids;
  private final int values;
  private final int signatureBits;
  private final int width;
  private final long seed;

  /** Hashes and right sides of the equations, shard by shard. */
  private final long[] hashes;

  private final long[] rights;

  /** Start of each shard, and the end of the last one. */
  private final int[] begin;

  private final BandedSystem system = new BandedSystem();
  private long[] solution = new long[0];
  private byte[] slots;
  private int used;

  StaticMapBuilder(long[] ids, int[] value, int values, int signatureBits, long seed) {
    this.ids = ids;
    this.values = values;
    this.signatureBits = signatureBits;
    this.width = StaticMap.bitsFor(values) + signatureBits;
    this.seed = seed;
    this.hashes = new long[ids.length];
    this.rights = new long[ids.length];
    this.begin = new int[shards(ids.length) + 1];
    this.slots = new byte[bytes(slots(ids.length, width))];
    sortByShard(value);
  }

  /** Number of shards for a number of ids. */
  static int shards(int ids) {
    return Math.max(1, ceilDiv(ids, SHARD_IDS));
  }

  /** Number of slots for a number of ids, unless a shard needs more. */
  static long slots(int ids, int width) {
    int shards = shards(ids);
    return Math.max(StaticMapLayout.leastSlots(shards), ids + (long) shards * spare(ids, width));
  }

  /**
   * Slots of each shard beyond its ids. With that many, about every third seed worked in
   * measurements, for any number of ids.
   */
  private static int spare(int ids, int width) {
    int run = StaticMapLayout.of(width, ids).run();
    return 2 + ceilDiv(ids, shards(ids)) / (run == 3 ? IDS_A_SPARE_OF_RUN_3 : IDS_A_SPARE_OF_RUN_2);
  }

  private static int ceilDiv(int a, int b) {
    return a / b + (a % b == 0 ? 0 : 1);
  }

  private int bytes(long count) {
    return Math.toIntExact(StaticMap.bytesFor(count, width) + StaticMap.PADDING);
  }

  private void sortByShard(int[] value) {
    long key = Mix64.key(seed);
    int shards = begin.length - 1;
    for (long id : ids) {
      begin[Mix64.reduce(Mix64.mix(id ^ key), shards) + 1]++;
    }
    for (int i = 0; i < shards; i++) {
      begin[i + 1] += begin[i];
    }
    int[] next = begin.clone();
    int valueBits = width - signatureBits;
    long signature = (1L << signatureBits) - 1;
    for (int i = 0; i < ids.length; i++) {
      long h = Mix64.mix(ids[i] ^ key);
      int to = next[Mix64.reduce(h, shards)]++;
      hashes[to] = h;
      rights[to] = (h & signature) << valueBits | value[i];
    }
  }

  /**
   * Builds the map.
   *
   * @throws IllegalArgumentException if an id occurs twice
   */
  StaticMap build() {
    long[] directory = new long[begin.length - 1];
    for (int i = 0; i < directory.length; i++) {
      directory[i] = solve(begin[i], begin[i + 1]);
    }
    byte[] packed = Arrays.copyOf(slots, bytes(used));
    return new StaticMap(ids.length, values, signatureBits, seed, directory, packed);
  }

  /**
   * Appends the slots of the shard with the hashes {@code [from, to)}; returns its directory entry.
   */
  private long solve(int from, int to) {
    int least = StaticMapLayout.leastSlots(begin.length - 1);
    int count = Math.max(least, to - from + spare(ids.length, width));
    for (int attempt = 0; attempt <= MAX && count <= MAX; attempt++) {
      if (reduce(from, to, count, attempt)) {
        long entry = StaticMap.shard(used, count, attempt);
        append(count);
        return entry;
      }
      if (attempt == 0) {
        checkDistinct(from, to);
      }
      if ((attempt + 1) % ATTEMPTS_PER_SIZE == 0) {
        count++;
      }
    }
    throw new IllegalStateException("no seed serves " + (to - from) + " ids; this cannot happen");
  }

  /** Whether the equations of a shard are independent for a number of slots and a seed. */
  private boolean reduce(int from, int to, int count, int shardSeed) {
    StaticMapLayout layout = StaticMapLayout.of(width, count);
    system.reset(count);
    for (int i = from; i < to; i++) {
      long g = Mix64.remix(hashes[i], shardSeed);
      long low = 0;
      long high = 0;
      for (int j = 0; j < 3; j++) {
        long ones = layout.ones(g, j);
        int at = layout.place(g, j);
        low ^= at < 64 ? ones << at : 0;
        high ^= at < 64 ? ones >>> 1 >>> 63 - at : ones << at - 64;
      }
      if (!system.add(layout.start(g, count), low, high, rights[i])) {
        return false;
      }
    }
    return true;
  }

  private void append(int count) {
    int end = Math.addExact(used, count);
    if (bytes(end) > slots.length) {
      slots = Arrays.copyOf(slots, bytes(end + end / 20L));
    }
    if (count > solution.length) {
      solution = new long[count];
    }
    system.solve(solution);
    for (int j = 0; j < count; j++) {
      long bit = (long) (used + j) * width;
      int at = (int) (bit >>> 3);
      LONG.set(slots, at, (long) LONG.get(slots, at) | solution[j] << (bit & 7));
    }
    used = end;
  }

  /** Checks for equal ids, whose equations are equal for every seed. */
  private void checkDistinct(int from, int to) {
    long[] sorted = Arrays.copyOfRange(hashes, from, to);
    Arrays.sort(sorted);
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i - 1] == sorted[i]) {
        throw new IllegalArgumentException(
            "ids must be distinct but twice found " + idOf(sorted[i]));
      }
    }
  }

  private long idOf(long hash) {
    return Arrays.stream(ids).filter(id -> Mix64.mix(id, seed) == hash).findFirst().orElseThrow();
  }
}
