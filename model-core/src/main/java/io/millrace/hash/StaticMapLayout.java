package io.millrace.hash;

import io.millrace.math.Mix64;

/**
 * Which slots of its shard an id uses, by the formulas that {@link StaticMap} draws. An id has
 * three places, one in each block of its window.
 *
 * @param width bits a slot
 * @param run slots from a place on that the id may use, 2 or 3
 * @param block slots a block, a power of 2
 */
record StaticMapLayout(int width, int run, int block) {

  /** Bits that follow a slot's first one at least in the 8 bytes from the byte that it lies in. */
  private static final int READ_BITS = 57;

  private static final int MAX_BLOCK = 32;
  private static final int MAX_RUN = 3;

  /** Layout of a map of slots of that width whose first shard has that many slots. */
  static StaticMapLayout of(int width, int slots) {
    int run = MAX_RUN * width <= READ_BITS ? MAX_RUN : MAX_RUN - 1;
    int block = Integer.highestOneBit((slots - run + 1) / 3);
    return new StaticMapLayout(width, run, Math.min(MAX_BLOCK, block));
  }

  /** So many slots a shard has at least, that a window fits. */
  static int leastSlots(int shards) {
    return 3 * (shards == 1 ? 1 : MAX_BLOCK) + MAX_RUN - 1;
  }

  /** Whether 8 bytes hold all slots that a place may use. */
  boolean readsAtOnce() {
    return run * width <= READ_BITS;
  }

  /** How far the second slot of a read is from the first, in bits. */
  int second() {
    return width;
  }

  /**
   * How far the third slot of a read is from the first, in bits; if it has none, out of the way.
   */
  int third() {
    return Math.min(2 * width, 63);
  }

  int window() {
    return 3 * block + run - 1;
  }

  /** First slot of the window in a shard of that many slots. */
  int start(long g, int slots) {
    int centred = Mix64.reduce(g, slots) - (window() >> 1);
    return Math.max(0, Math.min(centred, slots - window()));
  }

  /** The place in block {@code j}: the first slot that is used there, from the window's start. */
  int place(long g, int j) {
    return j * block + ((int) (g >>> 8 * j) & (block - 1));
  }

  /** Which slots after the first one are used: bit 0 for the second, bit 1 for the third. */
  static int choice(long g, int j) {
    return (int) (g >>> 8 * j + 5) & 3;
  }

  /** The slots that are used from a place on, lowest bit first. */
  int ones(long g, int j) {
    return (choice(g, j) << 1 | 1) & (1 << run) - 1;
  }

  /** All choices, two bits each. */
  static int choices(long g) {
    return choice(g, 0) | choice(g, 1) << 2 | choice(g, 2) << 4;
  }
}
