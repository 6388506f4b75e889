package io.millrace.runs.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The newest published model of each arm, and the map that it was trained with in each field. */
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
    page.raw("<section><h2>Published models and their maps</h2>");
    page.numbers(
        "Newest model of each arm",
        "arm",
        "newest",
        "versions kept",
        "events learned",
        "first event",
        "last event",
        "on disk",
        "checksum");
    arms.keySet().forEach(this::modelRow);
    page.endTable();
    mapTable();
    page.raw("</section>\n");
  }

  private JsonNode newest(String arm) {
    List<RunData.Model> models = arms.get(arm);
    return models.get(models.size() - 1).manifest();
  }

  private void modelRow(String arm) {
    JsonNode manifest = newest(arm);
    double bytes = 0;
    for (JsonNode file : manifest.path("files")) {
      bytes += Json.number(file, "bytes");
    }
    page.row(
        arm,
        "v" + Json.text(manifest, "model_version"),
        arms.get(arm).size(),
        Format.count(Json.number(manifest, "events_learned")),
        time(manifest.path("event_time"), "first"),
        time(manifest.path("event_time"), "last"),
        Format.bytes(bytes),
        Json.text(manifest, "manifest_xxh64"));
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
