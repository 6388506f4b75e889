package io.millrace.hash;

/**
 * Linear equations over GF(2) whose ones lie close together: {@code XOR of x[j] over the ones j of
 * the equation = right side}, with unknowns of up to 64 bits. Equations are reduced as they come,
 * as in Ribbon filters (Dillinger and Walzer 2021): each is added up with those that begin at the
 * same unknown until it begins at a new one, and later the unknowns are found from the last to the
 * first.
 *
 * <p>An equation is three words: its ones lie in the unknowns {@code [64 word, 64 word + 192)}.
 * What begins in one place ends, however often it was added up, within {@value #BAND} unknowns if
 * all equations came so. Cost: a few additions of three words an equation while unknowns are left
 * over. Used again and again without allocation; not thread-safe.
 */
final class BandedSystem {

  /** An equation's last one may be at most so many unknowns from its first one, less one. */
  static final int BAND = 128;

  /** A column's equation: the three words from the one that holds its first one, then the right. */
  private static final int STRIDE = 4;

  private int unknowns;
  private long[] equations = new long[0];

  /** Forgets all equations. */
  void reset(int unknowns) {
    int length = STRIDE * unknowns;
    if (length > equations.length) {
      equations = new long[length];
    } else {
      java.util.Arrays.fill(equations, 0, length, 0);
    }
    this.unknowns = unknowns;
  }

  /**
   * Adds an equation.
   *
   * @param first number of the unknown that the lowest bit of {@code low} is
   * @param low ones among the first 64 unknowns from there; {@code high}: among the next 64
   * @return false if its left side is a sum of earlier ones; it is then not added
   */
  boolean add(int first, long low, long high, long right) {
    int shift = first & 63;
    return addWords(
        first & -64,
        low << shift,
        high << shift | low >>> 1 >>> 63 - shift,
        high >>> 1 >>> 63 - shift,
        right);
  }

  private boolean addWords(int base, long a, long b, long c, long right) {
    while (true) {
      if (a == 0) {
        if ((b | c) == 0) {
          return false;
        }
        a = b;
        b = c;
        c = 0;
        base += 64;
        continue;
      }
      int at = STRIDE * (base + Long.numberOfTrailingZeros(a));
      long pivot = equations[at];
      if (pivot == 0) {
        equations[at] = a;
        equations[at + 1] = b;
        equations[at + 2] = c;
        equations[at + 3] = right;
        return true;
      }
      a ^= pivot;
      b ^= equations[at + 1];
      c ^= equations[at + 2];
      right ^= equations[at + 3];
    }
  }

  /** A solution of all equations; unknowns that they leave open are 0. */
  void solve(long[] x) {
    for (int j = unknowns - 1; j >= 0; j--) {
      int at = STRIDE * j;
      long bits = equations[at];
      long sum = 0;
      if (bits != 0) {
        int base = j & -64;
        sum =
            equations[at + 3]
                ^ sum(x, base, bits & bits - 1)
                ^ sum(x, base + 64, equations[at + 1])
                ^ sum(x, base + 128, equations[at + 2]);
      }
      x[j] = sum;
    }
  }

  private static long sum(long[] x, int base, long ones) {
    long sum = 0;
    for (long rest = ones; rest != 0; rest &= rest - 1) {
      sum ^= x[base + Long.numberOfTrailingZeros(rest)];
    }
    return sum;
  }
}
