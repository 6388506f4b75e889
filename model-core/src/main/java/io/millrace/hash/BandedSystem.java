package io.millrace.hash;

/**
 * A banded system of linear equations over GF(2): {@code XOR of x[j] over the ones j of the
 * equation = right side}, with unknowns of up to 64 bits. Each new equation is reduced at once, as
 * in Ribbon filters (Dillinger and Walzer 2021): equations with the same first unknown are added to
 * it until its first unknown is new. Back substitution then finds the unknowns from the last to the
 * first.
 *
 * <p>An equation is three words: its ones lie in the unknowns {@code [64 word, 64 word + 192)}. If
 * every equation spans at most {@value #BAND} unknowns from its first one, so do all sums of
 * equations. Cost: a few additions of three words per equation while there are more unknowns than
 * equations. Reusable without allocation; not thread-safe.
 */
final class BandedSystem {

  /** Most unknowns from an equation's first one to its last one, both included. */
  static final int BAND = 128;

  /**
   * Words of an equation: three words of ones, starting with the word of its first one, and the
   * right side.
   */
  private static final int STRIDE = 4;

  private int unknowns;
  private long[] equations = new long[0];

  /** Removes all equations. */
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
   * @param first number of the unknown of the lowest bit of {@code low}
   * @param low ones among the 64 unknowns from {@code first} on; {@code high}: among the next 64
   * @return false if its left side is a sum of earlier left sides; it is then not added
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

  /** Computes a solution of all equations; free unknowns are 0. */
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
