package io.millrace.student;

import io.millrace.event.Warning;
import java.time.Instant;
import java.util.Optional;

/**
 * Warns of windows whose labels are all positive or all negative, as these have no AUC and no
 * normalised entropy. It warns when such a window follows one of another kind, of the first,
 * second, fourth, eighth, ... change only: windows of few events change all the time.
 */
public final class OneClassWindows {

  private final String label;
  private long windows;
  private long oneClass;
  private long changes;
  private double lastRate = Double.NaN;

  /**
   * No window yet.
   *
   * @param label the column of the label
   */
  public OneClassWindows(String label) {
    this.label = label;
  }

  /** Takes the line of the next window, of any one arm; returns a warning if there is one. */
  public Optional<Warning> add(MetricLine line) {
    long events = line.overall().events();
    long positives = line.overall().positives();
    if (events == 0) {
      return Optional.empty();
    }
    windows++;
    double rate = line.overall().labelRate();
    boolean changed = rate != lastRate;
    lastRate = rate;
    if (positives > 0 && positives < events) {
      return Optional.empty();
    }
    oneClass++;
    return changed && Long.bitCount(++changes) == 1 ? Optional.of(warning(line)) : Optional.empty();
  }

  private Warning warning(MetricLine line) {
    Instant start = Instant.ofEpochMilli(line.windowStart());
    return new Warning(
        Warning.Kind.ONE_CLASS,
        line.windowEnd(),
        null,
        "window " + start,
        line.overall().events(),
        "%s: %d of %d positive in the window from %s, which has no AUC and NE: so in %d of %d windows so far; see schema.label and windows.size"
            .formatted(
                label,
                line.overall().positives(),
                line.overall().events(),
                start,
                oneClass,
                windows));
  }
}
