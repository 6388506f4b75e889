package io.millrace.spec;

import io.millrace.records.Copyable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What is watched for change between the ends of windows, and by what.
 *
 * @param parts sub-windows of a pane, at least 1
 * @param warmUp panes from the first one on in which falling loss and new ids are expected, so that
 *     nothing is an alert, at least 0
 * @param coolDown sub-windows after an alert in which its stream gives no other, at least 0
 * @param threshold what scores beyond the first standard deviation must add up to for Page-Hinkley
 *     to see a change, above 0; larger ones mean fewer false alarms and longer delays
 * @param detectors by kind of stream; a kind that is absent is measured but not watched
 */
public record DriftOptions(
    int parts, int warmUp, int coolDown, double threshold, Map<Stream, List<Detector>> detectors)
    implements Copyable<DriftOptions> {

  /** Kinds of streams of values, one value a sub-window. */
  public enum Stream {
    /** Share of a field's accesses that are of ids of which no sub-window before had one. */
    NEW_TRAFFIC,
    /** How far the frequencies of a field's ids are from those of the sub-windows before. */
    PSI,
    /** Mean log loss of a student, nats. */
    LOSS,
    /** Normalised entropy of a student: its log loss over the entropy of the share of clicks. */
    NE,
    /** Share of clicks. */
    LABEL_RATE,
    /** Normalised entropy of the teacher, which depends on no map. */
    TEACHER_NE;

    /** Its name in lines and messages. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Algorithms that see changes. */
  public enum Detector {
    ADWIN,
    PAGE_HINKLEY,
    KSWIN;

    /** Its name in lines and messages. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Streams of students, which use the maps, and so have no say in when they are built. */
  private static final Set<Stream> OF_STUDENTS = Set.of(Stream.LOSS, Stream.NE);

  public DriftOptions {
    detectors = Map.copyOf(detectors);
    if (parts < 1) {
      throw new IllegalArgumentException("parts must be >= 1 but was " + parts);
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

  /** Whether anything is watched that may say when maps are built. */
  boolean decides() {
    return detectors.entrySet().stream()
        .anyMatch(e -> !OF_STUDENTS.contains(e.getKey()) && !e.getValue().isEmpty());
  }
}
