package io.millrace.metric;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.math.BigInteger;

/**
 * Mean and standard deviation of floats, equal to the bit for every order and grouping of the
 * numbers.
 *
 * <p>A float is {@code +-m 2^(e - 150)} with a whole mantissa {@code m < 2^24}. The mantissas of
 * each sign and exponent {@code e}, and their squares in two halves, are summed as integers. So
 * only the results are rounded: the mean once, the deviation in a root and a division. Exact for up
 * to 2^39 numbers; 12 kB.
 */
public final class ExactMoments {

  private static final int SLOTS = 512;
  private static final int MANTISSA_BITS = 23;
  private static final int HALF = 24;
  private static final int HALF_MASK = (1 << HALF) - 1;

  /** Power of two of a mantissa's last bit in the least slot. */
  private static final int LEAST = -149;

  private final long[] sums = new long[SLOTS];
  private final long[] squaresHigh = new long[SLOTS];
  private final long[] squaresLow = new long[SLOTS];
  private long count;

  /** Adds a finite number. */
  public void add(float value) {
    int bits = Float.floatToRawIntBits(value);
    int slot = bits >>> MANTISSA_BITS;
    long mantissa = bits & ((1 << MANTISSA_BITS) - 1);
    if ((slot & 0xFF) != 0) {
      mantissa |= 1 << MANTISSA_BITS;
    }
    long square = mantissa * mantissa;
    sums[slot] += mantissa;
    squaresHigh[slot] += square >>> HALF;
    squaresLow[slot] += square & HALF_MASK;
    count++;
  }

  /** Adds the numbers of another. */
  public void addAll(ExactMoments other) {
    for (int slot = 0; slot < SLOTS; slot++) {
      sums[slot] += other.sums[slot];
      squaresHigh[slot] += other.squaresHigh[slot];
      squaresLow[slot] += other.squaresLow[slot];
    }
    count += other.count;
  }

  /** Number of numbers added. */
  public long count() {
    return count;
  }

  /** The mean; NaN without numbers. */
  public double mean() {
    return Math.scalb(sum().doubleValue() / count, LEAST);
  }

  /**
   * The population's standard deviation, {@code sqrt(mean(x^2) - mean(x)^2)}; NaN without numbers.
   */
  public double deviation() {
    BigInteger sum = sum();
    BigInteger spread = BigInteger.valueOf(count).multiply(squares()).subtract(sum.multiply(sum));
    return Math.scalb(Math.sqrt(spread.doubleValue()) / count, LEAST);
  }

  /** Bits by which a slot's mantissas are shifted against those of the lowest slot. */
  private static int places(int slot) {
    return Math.max(1, slot & 0xFF) - 1;
  }

  private BigInteger sum() {
    BigInteger sum = BigInteger.ZERO;
    for (int slot = 0; slot < SLOTS; slot++) {
      long signed = slot < SLOTS / 2 ? sums[slot] : -sums[slot];
      if (signed != 0) {
        sum = sum.add(BigInteger.valueOf(signed).shiftLeft(places(slot)));
      }
    }
    return sum;
  }

  private BigInteger squares() {
    BigInteger sum = BigInteger.ZERO;
    for (int slot = 0; slot < SLOTS; slot++) {
      if (sums[slot] != 0) {
        BigInteger high = BigInteger.valueOf(squaresHigh[slot]).shiftLeft(HALF);
        BigInteger slotSum = high.add(BigInteger.valueOf(squaresLow[slot]));
        sum = sum.add(slotSum.shiftLeft(2 * places(slot)));
      }
    }
    return sum;
  }

  /**
   * Writes {@code i64 count | i16 slots | (i16 slot, i64 sum, i64 high squares, i64 low squares)
   * each}, only slots that are not 0.
   */
  public void writeTo(DataOutput out) throws IOException {
    out.writeLong(count);
    int used = 0;
    for (long sum : sums) {
      used += sum != 0 ? 1 : 0;
    }
    out.writeShort(used);
    for (int slot = 0; slot < SLOTS; slot++) {
      if (sums[slot] != 0) {
        out.writeShort(slot);
        out.writeLong(sums[slot]);
        out.writeLong(squaresHigh[slot]);
        out.writeLong(squaresLow[slot]);
      }
    }
  }

  /** Reads what {@link #writeTo} wrote. */
  public static ExactMoments readFrom(DataInput in) throws IOException {
    ExactMoments read = new ExactMoments();
    read.count = in.readLong();
    for (int n = in.readShort(); n > 0; n--) {
      int slot = in.readShort();
      read.sums[slot] = in.readLong();
      read.squaresHigh[slot] = in.readLong();
      read.squaresLow[slot] = in.readLong();
    }
    return read;
  }
}
