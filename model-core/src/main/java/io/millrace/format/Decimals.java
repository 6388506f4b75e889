package io.millrace.format;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * The shortest decimal texts that read back as a binary number, the same on every version of Java
 * (where {@code Double.toString} differs between 18 and 19).
 *
 * <p>A decimal number of up to 6 digits survives the way through a float, and one of up to 15
 * digits that through a double (IEEE 754, normal numbers). So rounding to so many digits finds the
 * text that was written, and up to 3 more digits always suffice.
 */
final class Decimals {

  private static final int FLOAT_DIGITS = 6;
  private static final int DOUBLE_DIGITS = 15;

  /** Below this, whole numbers are written without an exponent; each is exact in a double. */
  private static final double WHOLE = 1L << 53;

  private Decimals() {}

  /** Text of a float, such as {@code 0.1} or {@code 7.0}. */
  static String text(float value) {
    return isPlain(value) ? whole(value) : shortest(value, FLOAT_DIGITS, true);
  }

  /** Text of a double, such as {@code 0.1} or {@code 7.0}. */
  static String text(double value) {
    return isPlain(value) ? whole(value) : shortest(value, DOUBLE_DIGITS, false);
  }

  private static boolean isPlain(double value) {
    return Math.abs(value) < WHOLE && value == Math.rint(value);
  }

  private static String whole(double value) {
    String sign = value == 0 && Double.doubleToRawLongBits(value) < 0 ? "-" : "";
    return sign + (long) value + ".0";
  }

  private static String shortest(double value, int digits, boolean isFloat) {
    if (!Double.isFinite(value)) {
      return Double.toString(value);
    }
    BigDecimal exact = new BigDecimal(value);
    for (int n = digits; ; n++) {
      String text =
          exact.round(new MathContext(n, RoundingMode.HALF_EVEN)).stripTrailingZeros().toString();
      if (isFloat ? Float.parseFloat(text) == (float) value : Double.parseDouble(text) == value) {
        return text;
      }
    }
  }
}
