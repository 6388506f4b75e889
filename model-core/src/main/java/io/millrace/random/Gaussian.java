package io.millrace.random;

import java.util.SplittableRandom;

/**
 * Standard normal numbers by Marsaglia's polar method (Marsaglia and Bray 1964).
 *
 * <p>Draws a point in the unit square until it falls into the unit circle, then scales one of its
 * coordinates. {@link StrictMath} and plain IEEE operations only: equal seeds give equal bits on
 * every JDK and processor, which {@code SplittableRandom.nextGaussian} does not promise. The second
 * coordinate is dropped, so that a draw depends only on the generator's state.
 */
public final class Gaussian {

  private Gaussian() {}

  /**
   * One number of mean 0 and standard deviation 1; takes 2.5 numbers of {@code random} on average.
   */
  public static double next(SplittableRandom random) {
    while (true) {
      double x = 2 * unit(random) - 1;
      double y = 2 * unit(random) - 1;
      double s = x * x + y * y;
      if (s < 1 && s > 0) {
        return x * StrictMath.sqrt(-2 * StrictMath.log(s) / s);
      }
    }
  }

  /** A multiple of 2^-53 in [0, 1). */
  private static double unit(SplittableRandom random) {
    return (random.nextLong() >>> 11) * 0x1.0p-53;
  }
}
