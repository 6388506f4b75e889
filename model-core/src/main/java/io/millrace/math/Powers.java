package io.millrace.math;

/**
 * Integer powers with equal bits on every machine; unlike {@link StrictMath#pow} they allocate
 * nothing.
 */
public final class Powers {

  private Powers() {}

  /**
   * {@code base^n} by repeated squaring, with a relative error of at most about {@code n 2^-53}.
   *
   * @param n exponent, at least 0
   */
  public static double power(double base, long n) {
    if (n < 0) {
      throw new IllegalArgumentException("n must be >= 0 but was " + n);
    }
    double power = 1;
    double square = base;
    for (long rest = n; rest > 0; rest >>= 1) {
      if ((rest & 1) == 1) {
        power *= square;
      }
      square *= square;
    }
    return power;
  }
}
