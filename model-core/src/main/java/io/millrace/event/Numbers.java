package io.millrace.event;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Reads decimal numbers from bytes; allocates nothing for up to 18 digits.
 *
 * <p>After {@link #read}, {@link #value()} is the number, correctly rounded as by {@code
 * Double.parseDouble}; if {@link #exact}, the number is also {@code mantissa * 10^-decimals}. The
 * rounding is correct because a mantissa below 2^53 and a power of ten up to 10^22 are both exact
 * in float64, so that the one division rounds once (Clinger 1990). Spaces around the number are
 * ignored.
 */
public final class Numbers {

  /** What the bytes were. */
  public enum Kind {
    NUMBER,
    NOT_FINITE,
    NOT_A_NUMBER
  }

  private static final int MAX_DIGITS = 18;
  private static final int LONGEST = 400;
  private static final long EXACT_LONG = 1L << 53;
  private static final double[] POWERS = new double[23];

  static {
    double power = 1;
    for (int i = 0; i < POWERS.length; i++) {
      POWERS[i] = power;
      power *= 10; // exact up to 10^22
    }
  }

  long mantissa;
  int decimals;
  boolean exact;
  private double value;

  /** Reads {@code length} bytes from {@code from} on, and says what they were. */
  public Kind read(byte[] bytes, int from, int length) {
    int start = from;
    int end = from + length;
    while (start < end && bytes[start] == ' ') {
      start++;
    }
    while (start < end && bytes[end - 1] == ' ') {
      end--;
    }
    exact = readPlain(bytes, start, end);
    if (exact && Math.abs(mantissa) < EXACT_LONG) {
      value = mantissa / POWERS[decimals];
      if (mantissa == 0 && bytes[start] == '-') {
        value = -0.0;
      }
      return Kind.NUMBER;
    }
    return readAny(bytes, start, end);
  }

  /** The number that was read last; meant for {@link Kind#NUMBER} alone. */
  public double value() {
    return value;
  }

  /** {@code [+-]digits[.digits]} with at most 18 digits. */
  private boolean readPlain(byte[] bytes, int start, int end) {
    boolean negative = start < end && bytes[start] == '-';
    int i = negative || (start < end && bytes[start] == '+') ? start + 1 : start;
    int digits = 0;
    int point = -1;
    long m = 0;
    for (; i < end; i++) {
      int c = bytes[i];
      if (c == '.' && point < 0) {
        point = digits;
      } else if (c >= '0' && c <= '9' && digits < MAX_DIGITS) {
        m = m * 10 + (c - '0');
        digits++;
      } else {
        return false;
      }
    }
    mantissa = negative ? -m : m;
    decimals = point < 0 ? 0 : digits - point;
    return digits > 0;
  }

  private Kind readAny(byte[] bytes, int start, int end) {
    if (start == end || end - start > LONGEST) {
      return Kind.NOT_A_NUMBER;
    }
    String text = new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
    if (text.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?")) {
      value = Double.parseDouble(text);
      return Double.isFinite(value) ? Kind.NUMBER : Kind.NOT_FINITE;
    }
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "nan", "+nan", "-nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity" ->
          Kind.NOT_FINITE;
      default -> Kind.NOT_A_NUMBER;
    };
  }
}
