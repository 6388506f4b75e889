package io.millrace.flink.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the events went: {@code read = trained + rejected + dropped_late}, {@code late_trained} a
 * part of trained.
 *
 * @param what seed or arm that the totals belong to; empty for the run
 */
record Counts(
    String what,
    double read,
    double trained,
    double rejected,
    double droppedLate,
    double lateTrained,
    Map<String, Double> rejects,
    Map<String, Double> seconds) {

  /** The last line of each arm and seed, as lines are running totals. */
  static List<Counts> of(List<JsonNode> lines) {
    Map<String, JsonNode> last = new LinkedHashMap<>();
    for (JsonNode line : lines) {
      last.put(what(line), line);
    }
    List<Counts> counts = new ArrayList<>();
    last.forEach((what, line) -> counts.add(of(what, line)));
    return counts;
  }

  private static Counts of(String what, JsonNode line) {
    return new Counts(
        what,
        Json.number(line, "read"),
        Json.number(line, "trained"),
        Json.number(line, "rejected"),
        Json.number(line, "dropped_late"),
        Json.number(line, "late_trained"),
        numbers(Json.first(line, "rejects", "reasons", "rejected_by_reason")),
        numbers(line.path("seconds")));
  }

  /** True if every event read is accounted for; unknown numbers are not. */
  boolean balanced() {
    return read == trained + rejected + droppedLate;
  }

  /** Events read less those accounted for; NaN if a number is unknown. */
  double missing() {
    return read - (trained + rejected + droppedLate);
  }

  /** The identity in figures. */
  String identity() {
    return Format.count(read)
        + (balanced() ? " = " : " ≠ ")
        + Format.count(trained)
        + " + "
        + Format.count(rejected)
        + " + "
        + Format.count(droppedLate);
  }

  String sentence() {
    String who = what.isEmpty() ? "" : " (" + what + ")";
    String fate =
        "Of "
            + Format.count(read)
            + " events read"
            + who
            + ", "
            + Format.count(trained)
            + " were trained on, "
            + Format.count(rejected)
            + " rejected and "
            + Format.count(droppedLate)
            + " dropped as late: ";
    if (Double.isNaN(missing())) {
      return fate + "not all of these are known.";
    }
    return fate
        + (balanced()
            ? "every event is accounted for."
            : Format.count(Math.abs(missing()))
                + (missing() > 0 ? " are unaccounted for." : " too many are accounted for."));
  }

  private static String what(JsonNode line) {
    String arm = Json.text(line, "arm");
    String seed = Json.text(line, "seed");
    return (arm + (seed.isEmpty() ? "" : " seed " + seed)).strip();
  }

  private static Map<String, Double> numbers(JsonNode object) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : Json.entries(object)) {
      numbers.put(entry.getKey(), Json.number(object, entry.getKey()));
    }
    return numbers;
  }
}
