package io.millrace.runs.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.line.Column;
import io.millrace.runs.line.SwitchColumns;
import io.millrace.runs.line.WatchColumns;
import io.millrace.runs.verdict.Format;
import io.millrace.runs.verdict.Incident;
import io.millrace.runs.verdict.RunData;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Changes during the run: alerts of the detectors, refreshes, and the regret of new maps. */
final class ChangesSection {

  /** Most refreshes that are listed. */
  private static final int REFRESHES = 10;

  /** Most streams that are named for a refresh. */
  private static final int CAUSES = 6;

  private final Html page;
  private final RunData files;

  private final List<Incident> incidents;

  private ChangesSection(Html page, RunData files, List<Incident> incidents) {
    this.page = page;
    this.files = files;
    this.incidents = incidents;
  }

  static void write(Html page, RunData files, List<Incident> incidents) {
    ChangesSection section = new ChangesSection(page, files, incidents);
    if (!files.alerts().isEmpty()) {
      section.alerts();
    }
    if (!files.refreshes().isEmpty()) {
      section.refreshes();
    }
    if (!files.switches().isEmpty()) {
      section.switches();
    }
  }

  private void alerts() {
    page.section(
            "Alerts", "%,d in %,d incidents".formatted(files.alerts().size(), incidents.size()))
        .raw("<p>Changes within windows that a detector found in a watched stream, ")
        .raw("oldest first; event time, UTC. Alerts that belong to one event are an incident.</p>");
    page.texts("Incidents", "begin", "end", "severity", "what moved", "what to do", "alerts");
    for (Incident incident : incidents) {
      page.row(
          Format.time(incident.begin()),
          Format.time(incident.end()),
          incident.severity().name().toLowerCase(Locale.ROOT),
          incident.moved(),
          incident.action(),
          incident.alerts().size());
    }
    page.endTable().raw("<details><summary>All alerts</summary>");
    page.texts("Alerts", "time", "what changed", "detector");
    for (JsonNode alert : sorted(files.alerts(), WatchColumns.TIME)) {
      page.row(
          Format.time(WatchColumns.TIME.wholeIn(alert)),
          message(alert),
          WatchColumns.DETECTOR.textIn(alert).replace('_', ' '));
    }
    page.endTable().raw("</details>").endSection();
  }

  private void refreshes() {
    List<JsonNode> newest = new ArrayList<>(sorted(files.refreshes(), WatchColumns.REFRESH_TIME));
    Collections.reverse(newest);
    boolean seeds = newest.stream().map(WatchColumns.REFRESH_SEED::textIn).distinct().count() > 1;
    page.section("Maps built within windows", String.valueOf(newest.size()))
        .raw("<p>After changes; ")
        .text(
            newest.size() > REFRESHES ? "the newest " + REFRESHES + " of " + newest.size() : "all")
        .raw(", newest first; event time, UTC.</p><ul>");
    for (JsonNode line : newest.subList(0, Math.min(REFRESHES, newest.size()))) {
      page.element(
          "li",
          "Maps were rebuilt at %s: %s%s"
              .formatted(
                  Format.time(WatchColumns.REFRESH_TIME.wholeIn(line)),
                  causes(line),
                  seeds ? " (seed " + WatchColumns.REFRESH_SEED.textIn(line) + ")" : ""));
    }
    page.raw("</ul>").endSection();
  }

  /** The first streams that have changed, and the number of others. */
  private static String causes(JsonNode refresh) {
    List<String> causes = new ArrayList<>();
    WatchColumns.CAUSES.in(refresh).forEach(cause -> causes.add(cause.asText()));
    int more = causes.size() - CAUSES;
    return more > 0
        ? String.join(", ", causes.subList(0, CAUSES)) + " and " + more + " more"
        : String.join(", ", causes);
  }

  private void switches() {
    page.section("Regret after map switches", files.switches().size() + " switches")
        .raw("<p>Log loss of a student over the events after its ")
        .raw("switch to a new map, minus that of a copy that kept the old one: below 0 the new ")
        .raw("map is better.</p>");
    dropped(page, files.switches());
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
        "regret",
        "new map");
    for (JsonNode one : sorted(files.switches(), SwitchColumns.TIME)) {
      page.row(
          SwitchColumns.ARM.textIn(one),
          SwitchColumns.SEED.textIn(one),
          Format.time(SwitchColumns.TIME.wholeIn(one)),
          "v" + SwitchColumns.MAP_VERSION.textIn(one),
          "v" + SwitchColumns.BEFORE_VERSION.textIn(one),
          Format.count(SwitchColumns.EVENTS.numberIn(one)),
          Format.score(SwitchColumns.LOGLOSS.numberIn(one)),
          Format.score(SwitchColumns.SHADOW_LOGLOSS.numberIn(one)),
          Format.signed(SwitchColumns.REGRET.numberIn(one)),
          accepted(one) ? "taken" : "dropped");
    }
    page.endTable().endSection();
  }

  private static void dropped(Html page, List<JsonNode> switches) {
    long dropped = switches.stream().filter(line -> !accepted(line)).count();
    if (dropped > 0) {
      page.element(
          "p",
          "On trial %,d of %,d new maps were dropped: their arms kept the maps before."
              .formatted(dropped, switches.size()));
    }
  }

  /** Lines without the column are of versions that took every map. */
  private static boolean accepted(JsonNode line) {
    return SwitchColumns.ACCEPTED.in(line).asBoolean(true);
  }

  private static List<JsonNode> sorted(List<JsonNode> lines, Column<?> time) {
    return lines.stream().sorted(Comparator.comparingLong(time::wholeIn)).toList();
  }

  /** The message of an alert without time and detector, which have columns of their own. */
  static String message(JsonNode alert) {
    String text =
        WatchColumns.MESSAGE.textIn(alert).replaceFirst(" at \\d{4}-\\S+ \\(\\w+\\)$", "");
    return text.isEmpty() ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
