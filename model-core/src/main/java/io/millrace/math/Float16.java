package io.millrace.math;

/**
 * Half precision (IEEE 754 binary16): 1 sign, 5 exponent and 10 fraction bits. Values are rounded
 * to nearest, ties to even.
 */
public final class Float16 {

  /** Greatest finite value. */
  public static final float MAX = 65504;

  /** Smallest normal value, 2^-14; below it the values are multiples of 2^-24. */
  private static final float MIN_NORMAL = 0x1p-14f;

  private Float16() {}

  /**
   * The nearest half, as a float; beyond {@link #MAX} it is {@code MAX} with the sign of the value.
   *
   * @param value not NaN
   */
  public static float round(float value) {
    float size = Math.abs(value);
    if (size < MIN_NORMAL) {
      // the spacing of floats in [.5, 1) is 2^-24, that of halves below 2^-14
      return Math.copySign((size + .5f) - .5f, value);
    }
    if (size >= MAX) {
      return Math.copySign(MAX, value);
    }
    int bits = Float.floatToRawIntBits(value);
    float rounded = Float.intBitsToFloat((bits + 0xFFF + (bits >>> 13 & 1)) & ~0x1FFF);
    return Math.abs(rounded) > MAX ? Math.copySign(MAX, value) : rounded;
  }

  /** The bits of a value that {@link #round} has returned. */
  public static short toBits(float rounded) {
    int bits = Float.floatToRawIntBits(rounded);
    int sign = bits >>> 16 & 0x8000;
    float size = Math.abs(rounded);
    if (size < MIN_NORMAL) {
      return (short) (sign | (int) (size * 0x1p24f));
    }
    return (short) (sign | (bits & 0x7FFFFFFF) - (112 << 23) >>> 13);
  }

  /** The value of a half; infinities and NaN are not expected. */
  public static float fromBits(short half) {
    int size = half & 0x7FFF;
    float value =
        size < 1 << 10 ? size * 0x1p-24f : Float.intBitsToFloat((size << 13) + (112 << 23));
    return half < 0 ? -value : value;
  }
}
