package io.millrace.metric;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Standardises the values of a stream: the z-score of a value against the values before it.
 *
 * <pre>
 * values, oldest first:  x_1 ........ x_k | x_(k+1) .. x_n        z = (x - m) / sqrt(max(s^2, v) (1 + 1/k))
 *                        m, s^2 of these    guard, not used
 * </pre>
 *
 * <p>{@code v} is the variance that a value has at least because it was measured on few events. So
 * values of small sub-windows weigh less, and a stream that happened to be calm raises no alarm by
 * the noise of sampling. The guard keeps a change that has just begun out of the mean that it is
 * measured against. Unit of z: standard deviations. Constant memory; O(length) time a value. See
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
   * A baseline that has seen nothing.
   *
   * @param length values it is taken from at most, at least {@code least}
   * @param guard newest values that are left out, at least 0
   * @param least values it is taken from at least, 2 or more
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

  /** Whether it has seen enough values. */
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
   * How far a value is from the mean, in standard deviations.
   *
   * @param variance that the value has by itself, at least 0
   * @return NaN until the baseline is ready; 0 where nothing has any spread
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

  /** Takes a value in, after it has been scored. */
  public void add(double value) {
    ChangeDetector.finite(value);
    if (size == values.length) {
      System.arraycopy(values, 1, values, 0, --size);
    }
    values[size++] = value;
  }

  /** Forgets everything. */
  public void reset() {
    size = 0;
  }

  /** Writes its values. */
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
