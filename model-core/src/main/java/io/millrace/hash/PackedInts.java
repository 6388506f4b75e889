package io.millrace.hash;

import java.nio.ByteBuffer;

/**
 * Bit-packed integers of equal width: number {@code i} lies in the bits {@code [i * width, (i + 1)
 * * width)} of consecutive 64-bit words, each counted from its lowest bit.
 */
final class PackedInts {

  private final int width;
  private final int used;

  /** The words, and padding so that every number can be read from two of them. */
  private final long[] words;

  /**
   * {@code size} zeros.
   *
   * @param width bits per number, 0 to 32
   */
  PackedInts(int size, int width) {
    this.width = width;
    this.used = words(size, width);
    this.words = new long[used + 2];
  }

  /** Number of words for {@code size} numbers. */
  static int words(int size, int width) {
    return Math.toIntExact(((long) size * width + 63) / 64);
  }

  int get(int i) {
    long bit = (long) i * width;
    int word = (int) (bit >>> 6);
    int shift = (int) bit & 63;
    long bits = words[word] >>> shift | words[word + 1] << 1 << (63 - shift);
    return (int) (bits & (1L << width) - 1);
  }

  /** Sets a number that is still 0. */
  void set(int i, int number) {
    long bit = (long) i * width;
    int word = (int) (bit >>> 6);
    int shift = (int) bit & 63;
    long bits = number & 0xFFFFFFFFL;
    words[word] |= bits << shift;
    words[word + 1] |= bits >>> 1 >>> (63 - shift);
  }

  /** Number of bytes that {@link #write} writes. */
  long bytes() {
    return 8L * used;
  }

  void write(ByteBuffer out) {
    out.asLongBuffer().put(words, 0, used);
    out.position(out.position() + used * Long.BYTES);
  }

  /** Reads what {@link #write} wrote for the same size and width. */
  static PackedInts read(ByteBuffer in, int size, int width) {
    PackedInts packed = new PackedInts(size, width);
    in.asLongBuffer().get(packed.words, 0, packed.used);
    in.position(in.position() + packed.used * Long.BYTES);
    return packed;
  }
}
