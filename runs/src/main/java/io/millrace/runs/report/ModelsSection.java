package io.millrace.runs.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.verdict.Comparison;
import io.millrace.runs.verdict.Drift;
import io.millrace.runs.verdict.Format;
import io.millrace.runs.verdict.Json;
import io.millrace.runs.verdict.RunData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The published versions of each arm, and the map that the newest was trained with in each field.
 */
final class ModelsSection {

  /** Arm → its versions, oldest first; arms in the order of the other sections. */
  private final Map<String, List<RunData.Model>> arms = new LinkedHashMap<>();

  private final Html page;

  private ModelsSection(Html page, RunData files, Comparison comparison) {
    this.page = page;
    comparison.arms().forEach(arm -> arms.put(arm, new ArrayList<>()));
    for (RunData.Model model : files.models()) {
      arms.computeIfAbsent(model.arm(), arm -> new ArrayList<>()).add(model);
    }
    arms.values().removeIf(List::isEmpty);
  }

  static void write(Html page, RunData files, Comparison comparison) {
    if (!files.models().isEmpty()) {
      new ModelsSection(page, files, comparison).write();
    }
  }

  private void write() {
    int versions = arms.values().stream().mapToInt(List::size).sum();
    page.section("Published versions", arms.size() + " arms, " + versions + " versions")
        .raw("<p>The newest version of each arm; open one for all that are kept. NE and AUC are ")
        .raw("those of the window before the version, times are event times, UTC.</p>")
        .raw("<div class=\"versions\">");
    arms.keySet().forEach(this::arm);
    page.raw("</div>");
    mapTable();
    page.endSection();
  }

  private void arm(String arm) {
    List<RunData.Model> versions = arms.get(arm);
    JsonNode newest = newest(arm);
    page.raw("<details><summary>");
    page.element("b", arm)
        .element("span", "v" + Json.text(newest, "model_version"))
        .element("span", time(newest.path("event_time"), "last"))
        .element("span", Format.bytes(bytes(newest)))
        .element("span", "NE " + Format.score(Json.number(newest.path("window"), "ne")))
        .element("span", "AUC " + Format.score(Json.number(newest.path("window"), "auc")))
        .element("span", versions.size() + " kept")
        .raw("</summary>");
    page.numbers(
        "Versions of " + arm,
        "version",
        "events learned",
        "first event",
        "last event",
        "NE",
        "AUC",
        "on disk",
        "checksum");
    for (int v = versions.size() - 1; v >= 0; v--) {
      JsonNode manifest = versions.get(v).manifest();
      JsonNode window = manifest.path("window");
      page.row(
          "v" + Json.text(manifest, "model_version"),
          Format.count(Json.number(manifest, "events_learned")),
          time(manifest.path("event_time"), "first"),
          time(manifest.path("event_time"), "last"),
          Format.score(Json.number(window, "ne")),
          Format.score(Json.number(window, "auc")),
          Format.bytes(bytes(manifest)),
          Json.text(manifest, "manifest_xxh64"));
    }
    page.endTable().raw("</details>");
  }

  private static double bytes(JsonNode manifest) {
    double bytes = 0;
    for (JsonNode file : manifest.path("files")) {
      bytes += Json.number(file, "bytes");
    }
    return bytes;
  }

  private JsonNode newest(String arm) {
    List<RunData.Model> models = arms.get(arm);
    return models.get(models.size() - 1).manifest();
  }

  /** A time of the range of events; the range is null if none were learned. */
  private static String time(JsonNode range, String key) {
    return range.isObject() ? Format.time(Json.time(range, key)) : Format.NONE;
  }

  private void mapTable() {
    Map<String, Map<String, String>> byField = new TreeMap<>(Drift::natural);
    List<Object> heads = new ArrayList<>(List.of("field"));
    for (String arm : arms.keySet()) {
      JsonNode maps = newest(arm).path("maps");
      for (JsonNode map : maps) {
        byField
            .computeIfAbsent(Json.text(map, "field"), field -> new LinkedHashMap<>())
            .put(arm, "v" + Json.text(map, "version") + " · " + Json.text(map, "checksum"));
      }
      if (!maps.isEmpty()) {
        heads.add(arm);
      }
    }
    if (byField.isEmpty()) {
      page.raw("<p>The newest models use no maps.</p>");
      return;
    }
    page.raw("<details><summary>Maps of the newest models</summary>");
    page.numbers("Version and checksum of each field's map", heads.toArray());
    byField.forEach((field, maps) -> mapRow(field, maps, heads));
    page.endTable().raw("</details>");
  }

  private void mapRow(String field, Map<String, String> maps, List<Object> heads) {
    List<Object> cells = new ArrayList<>(List.of(field));
    heads.stream().skip(1).forEach(arm -> cells.add(maps.getOrDefault(arm, Format.NONE)));
    page.row(cells.toArray());
  }
}
