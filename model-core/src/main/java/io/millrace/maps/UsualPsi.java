package io.millrace.maps;

import io.millrace.metric.Psi;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What the PSI of one field usually is from window to window, and the limit above which the field
 * drifts.
 *
 * <p>The limit is the largest of three:
 *
 * <ul>
 *   <li>{@value #LEAST} nats, so that a change that is certain and yet too small to matter is none;
 *   <li>{@value #DEVIATIONS} standard deviations of sampling, see {@link Psi#corrected};
 *   <li>the mean of the field's last {@value #WINDOWS} windows at most plus {@value #SPREAD} of
 *       their standard deviations, from {@value #FEWEST} windows on: a field whose ids change every
 *       day drifts where they change more than on other days.
 * </ul>
 *
 * <p>See docs/drift.md.
 */
public final class UsualPsi {

  /** Least effect, nats. */
  public static final double LEAST = .02;

  /** Standard deviations of sampling. */
  public static final double DEVIATIONS = 5;

  /** Windows that are remembered. */
  public static final int WINDOWS = 30;

  /** Fewest windows of which a spread is known. */
  public static final int FEWEST = 3;

  /** Standard deviations of the windows before. */
  public static final double SPREAD = 3;

  private final Deque<Double> values = new ArrayDeque<>();

  /** The limit for the next window, nats; NaN if its PSI is not known. */
  double limit(Psi.Corrected psi) {
    double bySampling = Math.max(LEAST, DEVIATIONS * psi.deviation());
    return values.size() < FEWEST ? bySampling : Math.max(bySampling, ofWindowsBefore());
  }

  private double ofWindowsBefore() {
    double mean = values.stream().mapToDouble(v -> v).average().orElseThrow();
    double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
    return mean + SPREAD * Math.sqrt(squares / (values.size() - 1));
  }

  /** Takes the PSI of a window; NaN is left out. */
  void add(double psi) {
    if (!Double.isNaN(psi)) {
      values.addLast(psi);
      if (values.size() > WINDOWS) {
        values.removeFirst();
      }
    }
  }

  void writeState(DataOutput out) throws IOException {
    out.writeByte(values.size());
    for (double value : values) {
      out.writeDouble(value);
    }
  }

  void readState(DataInput in) throws IOException {
    values.clear();
    for (int n = in.readByte(); n > 0; n--) {
      values.addLast(in.readDouble());
    }
  }
}
