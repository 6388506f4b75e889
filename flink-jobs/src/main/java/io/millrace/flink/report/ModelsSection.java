package io.millrace.flink.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which model was published last in each arm, and which map it was trained with in each field. */
final class ModelsSection {

  private ModelsSection() {}

  static void write(Html page, RunFiles files, Comparison comparison) {
    if (files.models().isEmpty()) {
      return;
    }
    page.raw("<section><h2>Published models and their maps</h2>");
    Map<String, List<RunFiles.Model>> byArm = new LinkedHashMap<>();
    for (RunFiles.Model model : files.models()) {
      byArm.computeIfAbsent(model.arm(), arm -> new ArrayList<>()).add(model);
    }
    page.texts("Newest model of each arm", "arm", "newest", "versions", "from", "to", "checksum");
    byArm.forEach((arm, models) -> modelRow(page, arm, models));
    page.endTable();
    mapTable(page, byArm);
    page.raw("</section>\n");
  }

  private static void modelRow(Html page, String arm, List<RunFiles.Model> models) {
    RunFiles.Model newest = models.get(models.size() - 1);
    JsonNode manifest = newest.manifest();
    JsonNode range = Json.first(manifest, "event_time", "event_time_range");
    page.row(
        arm,
        newest.version(),
        models.size(),
        time(manifest, range, "event_time_from", "from", "event_time_start"),
        time(manifest, range, "event_time_to", "to", "event_time_end"),
        shortened(Json.first(manifest, "checksum", "sha256", "xxh64").asText("")));
  }

  /** A time that stands in the manifest itself or in its range object or array. */
  private static String time(
      JsonNode manifest, JsonNode range, String flat, String nested, String other) {
    for (String key : List.of(flat, other)) {
      if (manifest.hasNonNull(key)) {
        return Format.time(Json.time(manifest, key));
      }
    }
    if (range.isArray() && range.size() == 2) {
      return Format.time(range.get(nested.equals("from") ? 0 : 1).asLong(Json.NO_TIME));
    }
    return Format.time(Json.time(range, nested));
  }

  private static void mapTable(Html page, Map<String, List<RunFiles.Model>> byArm) {
    Map<String, Map<String, String>> byField = new LinkedHashMap<>();
    Map<String, List<RunFiles.Model>> mapped = new LinkedHashMap<>(byArm);
    mapped.values().removeIf(models -> maps(models).isEmpty());
    mapped.forEach(
        (arm, models) ->
            maps(models)
                .forEach(
                    (f, map) -> byField.computeIfAbsent(f, x -> new HashMap<>()).put(arm, map)));
    if (byField.isEmpty()) {
      page.raw("<p>The newest models name no maps.</p>");
      return;
    }
    List<Object> heads = new ArrayList<>(List.of("field"));
    heads.addAll(mapped.keySet());
    page.texts("Map version by field, in the newest models", heads.toArray());
    byField.forEach((field, maps) -> mapRow(page, field, maps, mapped.keySet()));
    page.endTable();
  }

  private static void mapRow(Html page, String field, Map<String, String> maps, Set<String> arms) {
    List<Object> cells = new ArrayList<>(List.of(field));
    arms.forEach(arm -> cells.add(maps.getOrDefault(arm, Format.NONE)));
    page.row(cells.toArray());
  }

  /**
   * {@code maps} is an object field → version or facts, or an array of facts with {@code field}.
   */
  private static Map<String, String> maps(List<RunFiles.Model> models) {
    JsonNode maps = Json.first(models.get(models.size() - 1).manifest(), "maps", "map_versions");
    Map<String, String> byField = new LinkedHashMap<>();
    if (maps.isArray()) {
      maps.forEach(map -> byField.put(Json.text(map, "field"), describe(map)));
    }
    Json.entries(maps).forEach(map -> byField.put(map.getKey(), describe(map.getValue())));
    return byField;
  }

  private static String describe(JsonNode map) {
    if (map.isValueNode()) {
      return version(map.asText());
    }
    double rows = Json.number(map, "rows");
    long until = Json.time(map, "window_end");
    return version(Json.text(map, "version"))
        + (Double.isNaN(rows) ? "" : ", " + Format.count(rows) + " rows")
        + (until == Json.NO_TIME ? "" : ", until " + Format.time(until));
  }

  private static String version(String version) {
    return version.matches("\\d+") ? "v" + version : version;
  }

  private static String shortened(String checksum) {
    return checksum.isEmpty()
        ? Format.NONE
        : checksum.length() > 16 ? checksum.substring(0, 16) + "…" : checksum;
  }
}
