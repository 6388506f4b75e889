package io.millrace.spec;

import io.millrace.records.Copyable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Which streams of values are watched for change within windows, and by which detectors.
 *
 * @param perPane sub-windows of a pane, {@code drift.parts} in a job file, at least 1
 * @param warmUp number of first panes without alerts, as falling loss and new ids are expected in
 *     them, at least 0
 * @param coolDown sub-windows after an alert in which its stream raises no other, at least 0
 * @param threshold sum of z-scores, each reduced by 1, at which Page-Hinkley detects a change,
 *     above 0; larger values cause fewer false alarms and longer delays
 * @param detectors by kind of stream; a kind that is absent is measured but not watched
 */
public record DriftOptions(
    int perPane, int warmUp, int coolDown, double threshold, Map<Stream, List<Detector>> detectors)
    implements Copyable<DriftOptions> {

  /**
   * Kinds of streams, with one value per sub-window. Each has a least change: a smaller one is no
   * alert, however certain it is. docs/drift.md has the evidence.
   */
  public enum Stream {
    /** Share of a field's accesses by ids that occur in no earlier sub-window. */
    NEW_TRAFFIC(.02, false),
    /** Distance of the frequencies of a field's ids from those of the sub-windows before. */
    PSI(.02, false),
    /** Mean log loss of a student, nats. */
    LOSS(.01, true),
    /** Normalised entropy of a student: its log loss over the entropy of the share of clicks. */
    NE(.01, true),
    /** Share of clicks. */
    LABEL_RATE(.05, true),
    /** Normalised entropy of the teacher, which depends on no map. */
    TEACHER_NE(.01, true);

    private final double least;
    private final boolean relative;

    Stream(double least, boolean relative) {
      this.least = least;
      this.relative = relative;
    }

    /** Its name in lines and messages. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Least change that is an alert, in the unit of the stream, above 0.
     *
     * @param before mean of the values before; 0 gives 0 where the change counts relative to it
     */
    public double leastChange(double before) {
      return relative ? least * Math.abs(before) : least;
    }
  }

  /** Algorithms that detect changes. */
  public enum Detector {
    /** {@link io.millrace.metric.Adwin}. */
    ADWIN,
    /** {@link io.millrace.metric.PageHinkley}. */
    PAGE_HINKLEY,
    /** {@link io.millrace.metric.Kswin}. */
    KSWIN;

    /** Its name in lines and messages. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Streams of students depend on the maps, so they do not decide when maps are built. */
  private static final Set<Stream> OF_STUDENTS = Set.of(Stream.LOSS, Stream.NE);

  public DriftOptions {
    detectors = Map.copyOf(detectors);
    if (perPane < 1) {
      throw new IllegalArgumentException("parts must be >= 1 but was " + perPane);
    }
    if (warmUp < 0) {
      throw new IllegalArgumentException("warm_up must be >= 0 but was " + warmUp);
    }
    if (coolDown < 0) {
      throw new IllegalArgumentException("cool_down must be >= 0 but was " + coolDown);
    }
    if (!(threshold > 0 && threshold < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("threshold must be > 0 but was " + threshold);
    }
  }

  /** Whether a detector watches a stream that decides when maps are built. */
  boolean decides() {
    return detectors.entrySet().stream()
        .anyMatch(e -> !OF_STUDENTS.contains(e.getKey()) && !e.getValue().isEmpty());
  }
}
