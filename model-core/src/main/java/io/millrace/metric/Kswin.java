package io.millrace.metric;

import io.millrace.random.Seeds;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * KSWIN: a change of the distribution, by a Kolmogorov-Smirnov test between the newest values and a
 * sample of the older ones in a sliding window.
 *
 * <pre>
 * window of n values:  x_1 .. x_(n-r) | x_(n-r+1) .. x_n
 *                      draw r of them   the newest r          changed if p &lt; alpha
 * </pre>
 *
 * <p>After a change only the newest {@code r} values are kept. The draw is without replacement,
 * from a generator that depends only on the seed and the number of the value. A full window is
 * tested at every value, so {@code alpha} must be small: consecutive tests share values, but a
 * stream of a million values still has tens of thousands of nearly independent tests. Reference:
 * Raab, Heusinger and Schleif, Reactive soft prototype computing for concept drift streams,
 * Neurocomputing 416, 2020. See docs/algorithms.md, section 10.5.
 */
public final class Kswin implements ChangeDetector {

  private static final int FORMAT = 1;
  private static final String STREAM = "kswin";

  /**
   * Settings.
   *
   * @param alpha p-value below which a change is reported, in (0, 1); the paper takes .005 divided
   *     by the number of possible values
   * @param window number of values in the window, at least {@code 2 * newest}
   * @param newest number {@code r} of values that are tested against older ones, at least 4
   * @param seed seed of the draws
   */
  public record Options(double alpha, int window, int newest, long seed) {
    public Options {
      if (!(alpha > 0 && alpha < 1)) {
        throw new IllegalArgumentException("alpha must be in (0, 1) but was " + alpha);
      }
      if (newest < 4) {
        throw new IllegalArgumentException("newest must be >= 4 but was " + newest);
      }
      if (window < 2 * newest) {
        throw new IllegalArgumentException(
            "window must be >= twice newest (" + newest + ") but was " + window);
      }
    }
  }

  private final Options options;

  /** The oldest first. */
  private final double[] values;

  private int size;
  private long n;

  /** A detector without values. */
  public Kswin(Options options) {
    this.options = options;
    this.values = new double[options.window()];
  }

  @Override
  public boolean add(double value) {
    ChangeDetector.finite(value);
    if (size == values.length) {
      System.arraycopy(values, 1, values, 0, --size);
    }
    values[size++] = value;
    n++;
    if (size < values.length || !changed()) {
      return false;
    }
    System.arraycopy(values, size - options.newest(), values, 0, options.newest());
    size = options.newest();
    return true;
  }

  private boolean changed() {
    int r = options.newest();
    double[] older = Arrays.copyOf(values, size - r);
    SplittableRandom random = Seeds.generator(options.seed(), STREAM, n);
    for (int i = 0; i < r; i++) {
      int drawn = random.nextInt(i, older.length);
      double swap = older[i];
      older[i] = older[drawn];
      older[drawn] = swap;
    }
    double[] newest = Arrays.copyOfRange(values, size - r, size);
    double distance = KolmogorovSmirnov.statistic(Arrays.copyOf(older, r), newest);
    return KolmogorovSmirnov.pValue(distance, r, r) < options.alpha();
  }

  @Override
  public void reset() {
    size = 0;
    n = 0;
  }

  @Override
  public void writeState(DataOutput out) throws IOException {
    out.writeByte(FORMAT);
    out.writeLong(n);
    out.writeInt(size);
    for (int i = 0; i < size; i++) {
      out.writeDouble(values[i]);
    }
  }

  @Override
  public void readState(DataInput in) throws IOException {
    int format = in.readByte();
    if (format != FORMAT) {
      throw new IOException("KSWIN: format must be " + FORMAT + " but was " + format);
    }
    n = in.readLong();
    size = in.readInt();
    if (size < 0 || size > values.length) {
      throw new IOException("KSWIN: size must be in 0.." + values.length + " but was " + size);
    }
    for (int i = 0; i < size; i++) {
      values[i] = in.readDouble();
    }
  }
}
