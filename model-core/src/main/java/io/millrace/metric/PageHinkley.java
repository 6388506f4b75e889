package io.millrace.metric;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * The Page-Hinkley test for a change of the mean, by cumulative sums of the deviations from it.
 *
 * <pre>
 * mean ← mean + (x - mean) / n
 * up   ← max(0, alpha up   + x - mean - delta)      a change upwards   if up   > lambda
 * down ← max(0, alpha down - x + mean - delta)      a change downwards if down > lambda
 * </pre>
 *
 * <p>{@code up} is the cumulated sum less its minimum so far. After a change all starts anew.
 * Constant time and memory a value.
 *
 * <p>Reference: Page, Continuous inspection schemes, Biometrika 41, 1954; Hinkley, Inference about
 * the change-point from cumulative sum tests, Biometrika 58, 1971. See docs/algorithms.md, section
 * 10.3.
 */
public final class PageHinkley implements ChangeDetector {

  private static final int FORMAT = 1;

  /** Which changes are reported. */
  public enum Direction {
    /** A rising mean, as of a loss. */
    UP,
    /** A falling mean. */
    DOWN,
    /** Either. */
    BOTH
  }

  /**
   * Settings.
   *
   * @param least number of values before a change can be reported, at least 1
   * @param delta change of the mean that is tolerated, in units of the values, at least 0
   * @param lambda sum above which a change is reported, in units of the values, above 0; larger
   *     values give fewer false alarms and longer delays
   * @param alpha factor on the sums at each value (forgetting), in (0, 1]
   * @param direction which changes are reported
   */
  public record Options(int least, double delta, double lambda, double alpha, Direction direction) {
    public Options {
      if (least < 1) {
        throw new IllegalArgumentException("least must be >= 1 but was " + least);
      }
      if (!(delta >= 0)) {
        throw new IllegalArgumentException("delta must be >= 0 but was " + delta);
      }
      if (!(lambda > 0)) {
        throw new IllegalArgumentException("lambda must be > 0 but was " + lambda);
      }
      if (!(alpha > 0 && alpha <= 1)) {
        throw new IllegalArgumentException("alpha must be in (0, 1] but was " + alpha);
      }
    }
  }

  private final Options options;
  private long n;
  private double mean;
  private double up;
  private double down;

  /** A detector without values. */
  public PageHinkley(Options options) {
    this.options = options;
  }

  @Override
  public boolean add(double value) {
    n++;
    mean += (ChangeDetector.finite(value) - mean) / n;
    up = Math.max(0, options.alpha() * up + value - mean - options.delta());
    down = Math.max(0, options.alpha() * down - value + mean - options.delta());
    boolean rose = options.direction() != Direction.DOWN && up > options.lambda();
    boolean fell = options.direction() != Direction.UP && down > options.lambda();
    boolean changed = n >= options.least() && (rose || fell);
    if (changed) {
      reset();
    }
    return changed;
  }

  @Override
  public void reset() {
    n = 0;
    mean = 0;
    up = 0;
    down = 0;
  }

  @Override
  public void writeState(DataOutput out) throws IOException {
    out.writeByte(FORMAT);
    out.writeLong(n);
    out.writeDouble(mean);
    out.writeDouble(up);
    out.writeDouble(down);
  }

  @Override
  public void readState(DataInput in) throws IOException {
    int format = in.readByte();
    if (format != FORMAT) {
      throw new IOException("Page-Hinkley: format must be " + FORMAT + " but was " + format);
    }
    n = in.readLong();
    mean = in.readDouble();
    up = in.readDouble();
    down = in.readDouble();
  }
}
