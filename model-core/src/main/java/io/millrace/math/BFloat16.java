package io.millrace.math;

/**
 * The upper half of a float ("bfloat16"): 1 sign, 8 exponent and 7 fraction bits, so the range of a
 * float with less precision.
 */
public final class BFloat16 {

  /** Bits of the greatest finite value, about 3.39e38. */
  private static final int MAX_BITS = 0x7F7F;

  private BFloat16() {}

  /**
   * The bits of the nearest value, ties to even; beyond the greatest finite value they are those of
   * that value.
   *
   * @param value finite
   */
  public static short nearest(float value) {
    int bits = Float.floatToRawIntBits(value);
    return bits(bits, (bits & 0x7FFFFFFF) + 0x7FFF + (bits >>> 16 & 1));
  }

  /**
   * The bits of the nearest value that is not closer to zero, but at most the greatest finite one.
   *
   * @param value finite
   */
  public static short away(float value) {
    int bits = Float.floatToRawIntBits(value);
    return bits(bits, (bits & 0x7FFFFFFF) + 0xFFFF);
  }

  private static short bits(int signed, int size) {
    return (short) (signed >>> 16 & 0x8000 | Math.min(size >>> 16, MAX_BITS));
  }

  /** The value of the bits. */
  public static float fromBits(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }
}
