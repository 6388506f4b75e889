package io.millrace.table;

import io.millrace.math.Mix64;
import java.util.Arrays;

/**
 * Initial values of rows, computed from a key instead of drawn in order, so that a row has the same
 * initial value wherever and whenever it is created.
 *
 * @param shape the distribution
 * @param scale half-width of {@code UNIFORM}, lower end of {@code UNIFORM_TO_ONE}, standard
 *     deviation of {@code GAUSSIAN} and of what {@code IDENTITY} draws
 * @param seed equal seeds give equal rows
 */
public record RowInit(Shape shape, double scale, long seed) {

  /** The distributions. */
  public enum Shape {
    /** {@code U(-scale, scale)}. */
    UNIFORM,
    /** {@code U(scale, 1)}. */
    UNIFORM_TO_ONE,
    /** {@code N(0, scale^2)}. */
    GAUSSIAN,
    /** Row {@code i} is the {@code i}-th unit vector; rows after the last one are Gaussian. */
    IDENTITY
  }

  private static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final double UNIT = 0x1.0p-53;

  /** Xavier's {@code U(-sqrt(6 / (n + width)), sqrt(6 / (n + width)))} of a matrix n x width. */
  public static RowInit xavier(long n, int width, long seed) {
    return new RowInit(Shape.UNIFORM, Math.sqrt(6.0 / (n + width)), seed);
  }

  /** DLRM's {@code U(-sqrt(1/n), sqrt(1/n))} for a table of {@code n} rows. */
  public static RowInit dlrm(long n, long seed) {
    return new RowInit(Shape.UNIFORM, Math.sqrt(1.0 / n), seed);
  }

  /**
   * {@code U(sqrt(1/n), 1)} for the quotient-remainder trick over {@code n} ids when rows are
   * multiplied. The one-sided range is that of DLRM's code; rows around 0 would have products and
   * gradients too small to learn from.
   */
  public static RowInit product(long n, long seed) {
    return new RowInit(Shape.UNIFORM_TO_ONE, Math.sqrt(1.0 / n), seed);
  }

  /** Fills {@code w[offset .. offset + width)} with the row named {@code key}. */
  public void fill(float[] w, int offset, int width, long key) {
    if (shape == Shape.IDENTITY && key >= 0 && key < width) {
      Arrays.fill(w, offset, offset + width, 0f);
      w[offset + (int) key] = 1;
      return;
    }
    long state = Mix64.mix(seed + GOLDEN * key);
    for (int i = 0; i < width; i++) {
      state += GOLDEN;
      double u = (Mix64.mix(state) >>> 11) * UNIT;
      if (shape == Shape.UNIFORM) {
        w[offset + i] = (float) (scale * (2 * u - 1));
      } else if (shape == Shape.UNIFORM_TO_ONE) {
        w[offset + i] = (float) (scale + (1 - scale) * u);
      } else {
        state += GOLDEN;
        double v = (Mix64.mix(state) >>> 11) * UNIT;
        // Box and Muller 1958; 1 - u is in (0, 1]
        double r = StrictMath.sqrt(-2 * StrictMath.log(1 - u));
        w[offset + i] = (float) (scale * r * StrictMath.cos(2 * StrictMath.PI * v));
      }
    }
  }
}
