package io.millrace.math;

/**
 * Mixing of 64-bit numbers, and their reduction to a range: gives an id a row without a map.
 *
 * <p>The mixer is the finaliser of SplitMix64 (Steele, Lea and Flood 2014), which is Stafford's
 * "Mix13": a bijection in which every input bit flips about half of the output bits.
 */
public final class Mix64 {

  /** 2^64 divided by the golden ratio, odd: the increment of SplitMix64. */
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private Mix64() {}

  /** A bijection of the 64-bit numbers; {@code mix(0) == 0}. */
  public static long mix(long z) {
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }

  /** A bijection of the 64-bit ids, another one for every seed. */
  public static long mix(long id, long seed) {
    return mix(id ^ key(seed));
  }

  /** The key of a seed, for mixing many ids: {@code mix(id ^ key(seed)) == mix(id, seed)}. */
  public static long key(long seed) {
    return mix(seed + GOLDEN);
  }

  /**
   * A second hash from a mixed number, cheaper than mixing it again: the XOR of the halves of its
   * signed 128-bit product with an odd number, {@code (2 seed + 1) * 0x9E3779B97F4A7C15}.
   */
  public static long remix(long mixed, int seed) {
    long odd = (2L * seed + 1) * GOLDEN;
    return Math.multiplyHigh(mixed, odd) ^ mixed * odd;
  }

  /**
   * Reduces a mixed number to {@code [0, rows)} by its upper 32 bits: {@code floor(upper * rows /
   * 2^32)}. The probabilities of two rows differ by at most 2^-32.
   *
   * @param mixed a number whose upper bits are well mixed, as {@link #mix} returns it
   * @param rows at least 1
   */
  public static int reduce(long mixed, int rows) {
    return (int) ((mixed >>> 32) * rows >>> 32);
  }

  /**
   * Reduces a mixed number to {@code [0, range)} by all of its bits: {@code floor(mixed * range /
   * 2^64)}, with the number taken as unsigned.
   *
   * @param mixed a well mixed number
   * @param range at least 1
   */
  public static long reduceToLong(long mixed, long range) {
    return Math.multiplyHigh(mixed, range) + ((mixed >> 63) & range);
  }
}
