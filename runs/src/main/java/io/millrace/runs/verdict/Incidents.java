package io.millrace.runs.verdict;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.line.WatchColumns;
import io.millrace.spec.DriftOptions.Stream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Groups alerts into incidents. An alert belongs to the incident before it if it comes at most
 * {@link #GAP} of a window after that incident's last alert, and less than a window after its first
 * one, whatever its stream and seed: a change of tastes moves the entropy of every arm, and births
 * of ids move several fields.
 */
public final class Incidents {

  /** Share of a window. */
  static final double GAP = .25;

  /** Names of fields or arms that are listed. */
  private static final int NAMED = 4;

  private static final Set<String> KINDS =
      Arrays.stream(Stream.values()).map(Stream::key).collect(Collectors.toUnmodifiableSet());

  private Incidents() {}

  /**
   * The incidents, ascending in time.
   *
   * @param alerts lines of {@code alerts.jsonl}, in any order; those of unknown streams are left
   *     out
   * @param windowMs length of a window, ms
   */
  public static List<Incident> of(List<JsonNode> alerts, long windowMs) {
    List<JsonNode> sorted =
        alerts.stream()
            .filter(alert -> KINDS.contains(WatchColumns.STREAM.textIn(alert)))
            .sorted(Comparator.comparingLong(WatchColumns.TIME::wholeIn))
            .toList();
    List<Incident> incidents = new ArrayList<>();
    List<JsonNode> open = new ArrayList<>();
    for (JsonNode alert : sorted) {
      if (!open.isEmpty() && !belongs(alert, open, windowMs)) {
        incidents.add(incident(open));
        open = new ArrayList<>();
      }
      open.add(alert);
    }
    if (!open.isEmpty()) {
      incidents.add(incident(open));
    }
    return incidents;
  }

  private static boolean belongs(JsonNode alert, List<JsonNode> open, long windowMs) {
    return time(alert) - time(open.get(open.size() - 1)) <= GAP * windowMs
        && time(alert) - time(open.get(0)) < windowMs;
  }

  private static long time(JsonNode alert) {
    return WatchColumns.TIME.wholeIn(alert);
  }

  private static Incident incident(List<JsonNode> alerts) {
    Map<Stream, List<JsonNode>> streams = new EnumMap<>(Stream.class);
    for (JsonNode alert : alerts) {
      streams.computeIfAbsent(stream(alert), s -> new ArrayList<>()).add(alert);
    }
    if (streams.containsKey(Stream.NE) || streams.containsKey(Stream.LABEL_RATE)) {
      streams.remove(Stream.LOSS); // the same predictions as NE; it moves with the click rate
    }
    List<String> moved = new ArrayList<>();
    streams.forEach((stream, of) -> moved.add(moved(stream, of)));
    if (streams.containsKey(Stream.LABEL_RATE)) {
      moved.add(0, moved.remove(new ArrayList<>(streams.keySet()).indexOf(Stream.LABEL_RATE)));
    }
    return new Incident(
        time(alerts.get(0)),
        time(alerts.get(alerts.size() - 1)),
        streams.values().stream()
            .flatMap(List::stream)
            .map(Incidents::severity)
            .min(Comparator.naturalOrder())
            .orElseThrow(),
        String.join("; ", moved),
        action(streams),
        List.copyOf(alerts));
  }

  private static Stream stream(JsonNode alert) {
    return Stream.valueOf(WatchColumns.STREAM.textIn(alert).toUpperCase(Locale.ROOT));
  }

  private static double value(JsonNode alert) {
    return WatchColumns.VALUE.numberIn(alert);
  }

  private static double before(JsonNode alert) {
    return WatchColumns.BEFORE.numberIn(alert);
  }

  /** How far an alert's value is from the mean before, in the unit in which it matters. */
  private static double effect(JsonNode alert) {
    double change = value(alert) - before(alert);
    return switch (stream(alert)) {
      case NEW_TRAFFIC, PSI -> change;
      case LOSS, NE, LABEL_RATE, TEACHER_NE -> change / before(alert);
    };
  }

  private static Finding.Severity severity(JsonNode alert) {
    double effect = Math.abs(effect(alert));
    double medium =
        switch (stream(alert)) {
          case NEW_TRAFFIC, PSI, LABEL_RATE -> .1;
          case LOSS, NE, TEACHER_NE -> .02;
        };
    return effect >= 2.5 * medium
        ? Finding.Severity.HIGH
        : effect >= medium ? Finding.Severity.MEDIUM : Finding.Severity.LOW;
  }

  /** What has moved of one kind of stream: the one that has moved most, and how many others. */
  private static String moved(Stream stream, List<JsonNode> alerts) {
    JsonNode most =
        alerts.stream()
            .max(Comparator.comparingDouble(alert -> Math.abs(effect(alert))))
            .orElseThrow();
    String rose = effect(most) > 0 ? "rose" : "fell";
    return switch (stream) {
      case LABEL_RATE ->
          "the click rate %s from %s to %s"
              .formatted(rose, Format.percent(before(most)), Format.percent(value(most)));
      case NEW_TRAFFIC ->
          "views of new ids rose to %s%s in %s"
              .formatted(
                  alerts.size() > 1 ? "as much as " : "",
                  Format.percent(value(most)),
                  names("field", alerts));
      case PSI ->
          "frequencies of ids changed (PSI up to %s) in %s"
              .formatted(Format.share(value(most)), names("field", alerts));
      case LOSS ->
          "log loss rose by %s in %s".formatted(Format.percent(effect(most)), names("arm", alerts));
      case NE ->
          "normalised entropy rose by %s%s in %s"
              .formatted(upTo(alerts), Format.percent(effect(most)), names("arm", alerts));
      case TEACHER_NE ->
          "the teacher's normalised entropy rose by %s".formatted(Format.percent(effect(most)));
    };
  }

  private static String upTo(List<JsonNode> alerts) {
    return alerts.size() > 1 ? "up to " : "";
  }

  private static String names(String what, List<JsonNode> alerts) {
    TreeSet<String> names = new TreeSet<>(Drift::natural);
    for (JsonNode alert : alerts) {
      names.add((what.equals("field") ? WatchColumns.FIELD : WatchColumns.ARM).textIn(alert));
    }
    List<String> first = names.stream().limit(NAMED).toList();
    int more = names.size() - first.size();
    return what
        + (names.size() == 1 ? " " : "s ")
        + String.join(", ", first)
        + (more > 0 ? " and %,d more".formatted(more) : "");
  }

  private static String action(Map<Stream, List<JsonNode>> streams) {
    if (streams.containsKey(Stream.LABEL_RATE)) {
      return "Check that clicks are logged and joined as before.";
    }
    if (streams.containsKey(Stream.NEW_TRAFFIC)) {
      return "Check whether a source writes ids in another way. If the ids are new, set"
          + " hash.refresh to both, so that they get rows before the window ends.";
    }
    if (streams.containsKey(Stream.PSI)) {
      return "Check whether a source of traffic has come or gone. If the change stays, set"
          + " hash.refresh to both, so that new maps are built before the window ends.";
    }
    return "Users like other things than before, or a feature has broken: compare the features"
        + " with earlier ones. The models learn what is new; publish them more often until then.";
  }
}
