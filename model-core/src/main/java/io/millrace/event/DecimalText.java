package io.millrace.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The canonical text of a decimal number, so that {@code 1}, {@code 1.0}, {@code +01} and {@code
 * 1e0} are one id.
 *
 * <p>The canonical text has no plus sign, no exponent, no leading zero before a digit and no
 * trailing zero after the point; 0 and -0 are {@code 0}. Numbers with more than {@value #PLAIN}
 * zeros that only an exponent spares are written as {@code DIGITSeEXPONENT}. Digits are never
 * rounded: 9007199254740993 and 9007199254740992 stay two texts.
 */
public final class DecimalText {

  /** Most zeros that are written out instead of an exponent. */
  private static final int PLAIN = 400;

  /** Most digits of an exponent; the text of a larger one is no number. */
  private static final int EXPONENT_DIGITS = 9;

  private final byte[] bytes;
  private final int end;
  private final byte[] digits;
  private int at;
  private int count;
  private long exponent;

  private DecimalText(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.end = end;
    this.at = from;
    this.digits = new byte[end - from];
  }

  /**
   * The canonical text of the number in UTF-8 bytes, blanks around it ignored.
   *
   * @return its bytes; null if the text is canonical already, or not a decimal number
   */
  public static byte[] canonical(byte[] bytes, int from, int length) {
    if (isPlainInteger(bytes, from, length)) {
      return null;
    }
    int start = from;
    int end = from + length;
    while (start < end && isBlank(bytes[start])) {
      start++;
    }
    while (start < end && isBlank(bytes[end - 1])) {
      end--;
    }
    byte[] text = new DecimalText(bytes, start, end).text();
    return text == null || Arrays.equals(text, 0, text.length, bytes, from, from + length)
        ? null
        : text;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  /** Whether the text is digits without a leading zero: the usual case, which needs no work. */
  private static boolean isPlainInteger(byte[] bytes, int from, int length) {
    for (int i = from; i < from + length; i++) {
      if (!isDigit(bytes[i])) {
        return false;
      }
    }
    return length == 1 || (length > 1 && bytes[from] != '0');
  }

  private byte[] text() {
    boolean negative = at < end && bytes[at] == '-';
    at += negative || (at < end && bytes[at] == '+') ? 1 : 0;
    int whole = readDigits();
    int decimals = 0;
    if (at < end && bytes[at] == '.') {
      at++;
      decimals = readDigits();
    }
    if (whole + decimals == 0 || !readExponent() || at < end) {
      return null;
    }
    exponent -= decimals;
    return write(negative);
  }

  /** Collects digits without leading zeros; returns how many were there. */
  private int readDigits() {
    int start = at;
    for (; at < end && isDigit(bytes[at]); at++) {
      if (count > 0 || bytes[at] != '0') {
        digits[count++] = bytes[at];
      }
    }
    return at - start;
  }

  /** Reads {@code e[+-]digits}, which may be absent; false if it is broken or too large. */
  private boolean readExponent() {
    if (at == end || (bytes[at] | 0x20) != 'e') {
      return true;
    }
    at++;
    boolean negative = at < end && bytes[at] == '-';
    at += negative || (at < end && bytes[at] == '+') ? 1 : 0;
    int start = at;
    int significant = 0;
    for (; at < end && isDigit(bytes[at]) && significant < EXPONENT_DIGITS; at++) {
      exponent = 10 * exponent + (bytes[at] - '0');
      significant += exponent > 0 ? 1 : 0;
    }
    exponent = negative ? -exponent : exponent;
    return at > start;
  }

  /** The number {@code digits * 10^exponent}. */
  private byte[] write(boolean negative) {
    while (count > 0 && digits[count - 1] == '0') {
      count--;
      exponent++;
    }
    if (count == 0) {
      return new byte[] {'0'};
    }
    String number = new String(digits, 0, count, StandardCharsets.US_ASCII);
    String sign = negative ? "-" : "";
    return (sign + withPoint(number)).getBytes(StandardCharsets.US_ASCII);
  }

  private String withPoint(String number) {
    if (exponent > PLAIN || exponent < -PLAIN - count) {
      return number + "e" + exponent;
    }
    if (exponent >= 0) {
      return number + "0".repeat((int) exponent);
    }
    int whole = count + (int) exponent;
    return whole > 0
        ? number.substring(0, whole) + "." + number.substring(whole)
        : "0." + "0".repeat(-whole) + number;
  }
}
