package io.millrace.hash;

import io.millrace.math.Mix64;

/**
 * The slots of its shard that an id uses, by the formulas of {@link StaticMap}. An id has three
 * places, one in each block of its window.
 *
 * @param width bits per slot
 * @param run number of slots from a place on that the id may use, 2 or 3
 * @param block slots per block, a power of 2
 */
record StaticMapLayout(int width, int run, int block) {

  /**
   * Fewest bits from a slot's first bit to the end of the 8 bytes that start with that bit's byte.
   */
  private static final int READ_BITS = 57;

  private static final int MAX_BLOCK = 32;
  private static final int MAX_RUN = 3;

  /** Layout of a map with slots of a width, whose first shard has {@code slots} slots. */
  static StaticMapLayout of(int width, int slots) {
    int run = MAX_RUN * width <= READ_BITS ? MAX_RUN : MAX_RUN - 1;
    int block = Integer.highestOneBit((slots - run + 1) / 3);
    return new StaticMapLayout(width, run, Math.min(MAX_BLOCK, block));
  }

  /** Fewest slots of a shard, so that a window fits. */
  static int leastSlots(int shards) {
    return 3 * (shards == 1 ? 1 : MAX_BLOCK) + MAX_RUN - 1;
  }

  /** Whether 8 bytes hold all slots that a place may use. */
  boolean readsAtOnce() {
    return run * width <= READ_BITS;
  }

  /** Distance of the second slot of a read from the first, in bits. */
  int second() {
    return width;
  }

  /**
   * Distance of the third slot of a read from the first, in bits; without a third slot, a distance
   * outside the read.
   */
  int third() {
    return Math.min(2 * width, 63);
  }

  int window() {
    return 3 * block + run - 1;
  }

  /** First slot of the window in a shard of {@code slots} slots. */
  int start(long g, int slots) {
    int centred = Mix64.reduce(g, slots) - (window() >> 1);
    return Math.max(0, Math.min(centred, slots - window()));
  }

  /** The place in block {@code j}: the first slot that is used there, relative to the window. */
  int place(long g, int j) {
    return j * block + ((int) (g >>> 8 * j) & (block - 1));
  }

  /** The slots after the first that are used: bit 0 for the second, bit 1 for the third. */
  static int choice(long g, int j) {
    return (int) (g >>> 8 * j + 5) & 3;
  }

  /** The used slots from a place on as bits, lowest bit first. */
  int ones(long g, int j) {
    return (choice(g, j) << 1 | 1) & (1 << run) - 1;
  }

  /** All choices, two bits each. */
  static int choices(long g) {
    return choice(g, 0) | choice(g, 1) << 2 | choice(g, 2) << 4;
  }
}
