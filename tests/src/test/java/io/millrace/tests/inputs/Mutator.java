package io.millrace.tests.inputs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Damages files as disks, networks, editors and people who mean harm do. */
final class Mutator {

  private static final List<String> PIECES =
      List.of(
          "NaN",
          "-1",
          "0",
          "1e999",
          "9223372036854775807",
          "-9223372036854775808",
          "99999999999999999999",
          "2147483647",
          "null",
          "true",
          "\"",
          "\\u0000",
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "\n",
          "\t",
          "\0",
          "&a ",
          "*a",
          "!!binary ",
          "? ",
          "|",
          "- ",
          "%",
          "../../etc",
          "\uFEFF",
          "\u0661");

  private static final long[] NUMBERS = {
    0,
    1,
    -1,
    255,
    65_536,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 32,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    Double.doubleToLongBits(Double.NaN)
  };

  private final SplittableRandom random;
  private final List<byte[]> others;

  /**
   * Changes of one seed.
   *
   * @param others files of the same kind, from which parts are taken
   */
  Mutator(SplittableRandom random, List<byte[]> others) {
    this.random = random;
    this.others = others;
  }

  /** A file of the kind with one to four changes. */
  byte[] next() {
    byte[] bytes = others.get(random.nextInt(others.size()));
    for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
      bytes = change(bytes);
    }
    return bytes;
  }

  private byte[] change(byte[] bytes) {
    int at = random.nextInt(bytes.length + 1);
    return switch (random.nextInt(12)) {
      case 0 -> Arrays.copyOf(bytes, at);
      case 1 -> splice(bytes, at, new byte[] {(byte) random.nextInt(256)}, 1);
      case 2 -> flip(bytes, at);
      case 3 -> splice(bytes, at, piece(), 0);
      case 4 -> splice(bytes, at, piece(), 1 + random.nextInt(8));
      case 5 -> splice(bytes, at, new byte[0], 1 + random.nextInt(16));
      case 6 -> splice(bytes, at, Arrays.copyOfRange(bytes, at / 2, at), 0);
      case 7 -> ofAnother(bytes, at);
      case 8 -> number(bytes, at, Long.BYTES);
      case 9 -> number(bytes, at, Integer.BYTES);
      case 10 -> digits(bytes);
      default -> rare(bytes, at);
    };
  }

  private byte[] piece() {
    return PIECES.get(random.nextInt(PIECES.size())).getBytes(UTF_8);
  }

  private byte[] flip(byte[] bytes, int at) {
    byte[] flipped = bytes.clone();
    if (at < flipped.length) {
      flipped[at] ^= (byte) (1 << random.nextInt(8));
    }
    return flipped;
  }

  private byte[] ofAnother(byte[] bytes, int at) {
    byte[] other = others.get(random.nextInt(others.size()));
    int from = random.nextInt(other.length + 1);
    int n = Math.min(random.nextInt(200), other.length - from);
    return splice(bytes, at, Arrays.copyOfRange(other, from, from + n), random.nextInt(200));
  }

  private byte[] number(byte[] bytes, int at, int size) {
    long number = NUMBERS[random.nextInt(NUMBERS.length)];
    byte[] as = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array();
    return splice(bytes, at & -4, Arrays.copyOf(as, size), size);
  }

  /** Puts another number where there is one in digits. */
  private byte[] digits(byte[] bytes) {
    int start = random.nextInt(bytes.length + 1);
    for (int i = start; i < bytes.length; i++) {
      if (Character.isDigit(bytes[i])) {
        int end = i;
        while (end < bytes.length && Character.isDigit(bytes[end])) {
          end++;
        }
        String number = Long.toString(NUMBERS[random.nextInt(NUMBERS.length)]);
        return splice(bytes, i, number.getBytes(UTF_8), end - i);
      }
    }
    return bytes;
  }

  /** What is large: deep nesting, long digits, many copies. */
  private byte[] rare(byte[] bytes, int at) {
    int n = 1 << random.nextInt(14);
    return switch (random.nextInt(40)) {
      case 0 -> splice(bytes, at, "[".repeat(n).getBytes(UTF_8), 0);
      case 1 -> splice(bytes, at, "{\"a\":".repeat(n).getBytes(UTF_8), 0);
      case 2 -> splice(bytes, at, "9".repeat(n).getBytes(UTF_8), 0);
      case 3 -> splice(bytes, at, "\n- ".repeat(n).getBytes(UTF_8), 0);
      case 4 -> splice(bytes, at, "- ".repeat(n).getBytes(UTF_8), 0);
      case 5 -> splice(bytes, at, new byte[n], 0);
      case 6 -> splice(bytes, at, "\"a\":1,".repeat(n).getBytes(UTF_8), 0);
      case 7 -> splice(bytes, at, bytes, 0);
      default -> splice(bytes, at, piece(), bytes.length);
    };
  }

  /** {@code bytes} with {@code removed} bytes from {@code at} replaced. */
  private static byte[] splice(byte[] bytes, int at, byte[] inserted, int removed) {
    int end = Math.min(bytes.length, at + removed);
    byte[] result = Arrays.copyOf(bytes, bytes.length - (end - at) + inserted.length);
    System.arraycopy(inserted, 0, result, at, inserted.length);
    System.arraycopy(bytes, end, result, at + inserted.length, bytes.length - end);
    return result;
  }
}
