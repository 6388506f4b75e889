package io.millrace.metric;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Mean and variance of recent values of a stream, against which a new value is standardised
 * (z-score).
 *
 * <pre>
 * values, oldest first:  x_1 ........ x_k | x_(k+1) .. x_n        z = (x - m) / sqrt(max(s^2, v) (1 + 1/k))
 *                        m, s^2 of these    guard, not used
 * </pre>
 *
 * <p>{@code v} is the sampling variance of the value, a lower bound on its variance. So values from
 * few events score lower, and after a calm period the noise of sampling raises no alarm. The guard
 * excludes the newest values, so that a change that has just begun does not enter the mean that it
 * is compared with. Unit of z: standard deviations. Constant memory; O(length) time per value. See
 * docs/algorithms.md, section 10.2.
 */
public final class Baseline {

  private static final int FORMAT = 1;

  private final int guard;
  private final int least;

  /** The oldest first. */
  private final double[] values;

  private int size;

  /**
   * A baseline without values.
   *
   * @param length most values that enter mean and variance, at least {@code least}
   * @param guard number of newest values that are left out, at least 0
   * @param least fewest values for a mean and variance, at least 2
   */
  public Baseline(int length, int guard, int least) {
    if (least < 2 || length < least || guard < 0) {
      throw new IllegalArgumentException(
          "a baseline must have 2 <= least <= length and guard >= 0 but had %d, %d, %d"
              .formatted(least, length, guard));
    }
    this.guard = guard;
    this.least = least;
    this.values = new double[length + guard];
  }

  /** Whether there are enough values for a mean. */
  public boolean ready() {
    return size >= least + guard;
  }

  /** Mean of its values; NaN until it is ready. */
  public double mean() {
    if (!ready()) {
      return Double.NaN;
    }
    double sum = 0;
    for (int i = 0; i < size - guard; i++) {
      sum += values[i];
    }
    return sum / (size - guard);
  }

  /**
   * The z-score of a value: its distance from the mean in standard deviations.
   *
   * @param variance sampling variance of the value, at least 0
   * @return NaN until the baseline is ready; 0 if all variances are 0
   */
  public double score(double value, double variance) {
    double mean = mean();
    int k = size - guard;
    double squares = 0;
    for (int i = 0; i < k; i++) {
      squares += (values[i] - mean) * (values[i] - mean);
    }
    double spread = Math.max(squares / (k - 1), variance) * (1 + 1.0 / k);
    return value == mean ? 0 : (value - mean) / Math.sqrt(spread);
  }

  /** Adds a value; call it after {@link #score}. */
  public void add(double value) {
    ChangeDetector.finite(value);
    if (size == values.length) {
      System.arraycopy(values, 1, values, 0, --size);
    }
    values[size++] = value;
  }

  /** Removes all values. */
  public void reset() {
    size = 0;
  }

  /** Writes the values. */
  public void writeState(DataOutput out) throws IOException {
    out.writeByte(FORMAT);
    out.writeInt(size);
    for (int i = 0; i < size; i++) {
      out.writeDouble(values[i]);
    }
  }

  /** Reads what {@link #writeState} of a baseline of the same lengths wrote. */
  public void readState(DataInput in) throws IOException {
    int format = in.readByte();
    if (format != FORMAT) {
      throw new IOException("baseline: format must be " + FORMAT + " but was " + format);
    }
    size = in.readInt();
    if (size < 0 || size > values.length) {
      throw new IOException("baseline: size must be in 0.." + values.length + " but was " + size);
    }
    for (int i = 0; i < size; i++) {
      values[i] = in.readDouble();
    }
  }
}
