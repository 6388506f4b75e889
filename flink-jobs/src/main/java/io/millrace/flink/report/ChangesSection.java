package io.millrace.flink.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Comparator;
import java.util.List;

/** What changed while the run went on: alerts of the detectors, and what new maps were worth. */
final class ChangesSection {

  private final Html page;
  private final RunData files;

  private ChangesSection(Html page, RunData files) {
    this.page = page;
    this.files = files;
  }

  static void write(Html page, RunData files) {
    ChangesSection section = new ChangesSection(page, files);
    if (!files.alerts().isEmpty()) {
      section.alerts();
    }
    if (!files.switches().isEmpty()) {
      section.switches();
    }
  }

  private void alerts() {
    page.raw("<section><h2>Alerts</h2><p>Streams within windows that a detector found changed, ")
        .raw("oldest first; event time, UTC.</p>");
    page.texts("Alerts", "time", "what changed", "detector");
    for (JsonNode alert : sorted(files.alerts())) {
      page.row(
          Format.time(Json.time(alert, "time")),
          message(alert),
          Json.text(alert, "detector").replace('_', ' '));
    }
    page.endTable().raw("</section>\n");
  }

  private void switches() {
    page.raw(
            "<section><h2>Regret after map switches</h2><p>Log loss over the events after a student ")
        .raw("took a new map over, less that of a shadow that kept the old one: below 0 the new ")
        .raw("map is better.</p>");
    page.numbers(
        "Map switches",
        "arm",
        "seed",
        "time, UTC",
        "map",
        "before",
        "events",
        "log loss",
        "with the old map",
        "regret");
    for (JsonNode one : sorted(files.switches())) {
      page.row(
          Json.text(one, "arm"),
          Json.text(one, "seed"),
          Format.time(Json.time(one, "time")),
          "v" + Json.text(one, "map_version"),
          "v" + Json.text(one, "before_version"),
          Format.count(Json.number(one, "events")),
          Format.score(Json.number(one, "logloss")),
          Format.score(Json.number(one, "shadow_logloss")),
          Format.signed(Json.number(one, "regret")));
    }
    page.endTable().raw("</section>\n");
  }

  private static List<JsonNode> sorted(List<JsonNode> lines) {
    return lines.stream()
        .sorted(Comparator.comparingLong(line -> Json.time(line, "time")))
        .toList();
  }

  /** What an alert says, without the time and the detector at its end, which stand beside it. */
  static String message(JsonNode alert) {
    String text = Json.text(alert, "message").replaceFirst(" at \\d{4}-\\S+ \\(\\w+\\)$", "");
    return text.isEmpty() ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
