package io.millrace.watch;

import io.millrace.metric.Adwin;
import io.millrace.metric.Baseline;
import io.millrace.metric.ChangeDetector;
import io.millrace.metric.Kswin;
import io.millrace.metric.PageHinkley;
import io.millrace.spec.DriftOptions;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * One stream of values, a value a sub-window, and the detectors that watch it.
 *
 * <p>Each value becomes a z-score ({@link Baseline}), so that one setting fits streams of every
 * unit and sub-windows of every size. Scores are clipped to {@value #MOST} standard deviations, so
 * that no single value is a change. A change below the kind's least one, {@link
 * DriftOptions.Stream#leastChange}, is no alert, however calm the stream was before: that least one
 * has a score of at most {@value #MOST}, smaller ones have less in proportion, and where a detector
 * sees a change the value must be that far from the mean. Detectors get these scores. After an
 * alert the baseline starts again, as earlier values are no longer usual. The next alert is
 * possible when there is a baseline again and the cool-down is over.
 */
final class WatchedStream {

  /** Largest score. */
  static final double MOST = 5;

  /** Allowance that Page-Hinkley subtracts from each score. */
  private static final double SLACK = 1;

  private static final long NONE = Long.MIN_VALUE;

  /** Values of a baseline at most. */
  private static final int BASELINE = 48;

  /** Values just before a score that its baseline leaves out. */
  private static final int GUARD = 8;

  /** Values of a baseline at least. */
  private static final int LEAST = 10;

  private final DriftOptions options;
  private final DriftOptions.Stream kind;
  private final String field;
  private final String arm;
  private final long seed;
  private final List<DriftOptions.Detector> names;
  private final List<ChangeDetector> detectors = new ArrayList<>();
  private final Baseline baseline = new Baseline(BASELINE, GUARD, LEAST);
  private long first = NONE;
  private int quiet;

  /**
   * A stream that has had no value.
   *
   * @param field name of its field, or null
   * @param arm name of its student, or null
   * @param seed of the detectors' random numbers
   */
  WatchedStream(
      DriftOptions options, DriftOptions.Stream kind, String field, String arm, long seed) {
    this.options = options;
    this.kind = kind;
    this.field = field;
    this.arm = arm;
    this.seed = seed;
    this.names = options.detectors().getOrDefault(kind, List.of());
    for (DriftOptions.Detector name : names) {
      detectors.add(detector(name));
    }
  }

  /** A value of this stream, at the end of its sub-window, ms. */
  PulseLine line(long time, double value) {
    return new PulseLine(time, kind, field, arm, seed, value);
  }

  /** Whether a fall is a change too. */
  private boolean bothWays() {
    return kind == DriftOptions.Stream.LABEL_RATE;
  }

  private ChangeDetector detector(DriftOptions.Detector name) {
    return switch (name) {
      case ADWIN -> new Adwin(new Adwin.Options(.0001, 1, 10));
      case PAGE_HINKLEY ->
          new PageHinkley(
              new PageHinkley.Options(
                  1,
                  SLACK,
                  options.threshold(),
                  1,
                  bothWays() ? PageHinkley.Direction.BOTH : PageHinkley.Direction.UP));
      case KSWIN -> new Kswin(new Kswin.Options(1e-5, 40, 11, seed));
    };
  }

  /**
   * Takes the next value.
   *
   * @param subWindow sub-window of the value
   * @param warmUp number of sub-windows, from the stream's first one, in which a change is no alert
   * @param line the value, see {@link #line}
   * @param variance sampling variance of the value
   * @return null unless there is a change
   */
  AlertLine add(long subWindow, long warmUp, PulseLine line, double variance) {
    first = first == NONE ? subWindow : first;
    AlertLine change = null;
    if (baseline.ready()) {
      double least = kind.leastChange(baseline.mean());
      double floor = Math.max(variance, (least / MOST) * (least / MOST));
      double score = Math.max(-MOST, Math.min(MOST, baseline.score(line.value(), floor)));
      boolean large = Math.abs(line.value() - baseline.mean()) >= least;
      for (int d = 0; d < detectors.size(); d++) {
        boolean seen = detectors.get(d).add(score) && large && (bothWays() || score > 0);
        if (seen && change == null) {
          change = alert(line, names.get(d));
        }
      }
    }
    baseline.add(line.value());
    boolean alert = change != null && subWindow - first >= warmUp && quiet == 0;
    quiet = Math.max(0, quiet - 1);
    if (change != null) {
      detectors.forEach(ChangeDetector::reset);
    }
    if (alert) {
      baseline.reset();
      quiet = options.coolDown();
    }
    return alert ? change : null;
  }

  private AlertLine alert(PulseLine line, DriftOptions.Detector detector) {
    return new AlertLine(
        line.time(), kind, field, arm, detector, seed, line.value(), baseline.mean());
  }

  /** Mean of the baseline's values; NaN if there are too few. */
  double mean() {
    return baseline.mean();
  }

  void writeState(DataOutput out) throws IOException {
    out.writeLong(first);
    out.writeInt(quiet);
    baseline.writeState(out);
    for (ChangeDetector detector : detectors) {
      detector.writeState(out);
    }
  }

  /** Reads what {@link #writeState} of a stream with equal options wrote. */
  void readState(DataInput in) throws IOException {
    first = in.readLong();
    quiet = in.readInt();
    baseline.readState(in);
    for (ChangeDetector detector : detectors) {
      detector.readState(in);
    }
  }
}
