package io.millrace.runs.verdict;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** In which settings of students the arms of a run differ, from the resolved job file. */
public final class ArmSettings {

  private static final String STUDENT = "student";

  private final Map<String, String> common;
  private final Map<String, Map<String, String>> arms = new LinkedHashMap<>();

  /** The settings in {@code run.json}; none if it lacks the job file. */
  public ArmSettings(JsonNode run) {
    JsonNode config = run.path("config");
    common = flat(config.path(STUDENT));
    for (JsonNode arm : config.path("arms")) {
      arms.put(arm.path("name").asText(), flat(arm.path(STUDENT)));
    }
  }

  private static Map<String, String> flat(JsonNode section) {
    Map<String, String> settings = new LinkedHashMap<>();
    flatten("", section, settings);
    return settings;
  }

  private static void flatten(String path, JsonNode node, Map<String, String> into) {
    node.properties()
        .forEach(
            entry -> {
              String key = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
              if (entry.getValue().isObject()) {
                flatten(key, entry.getValue(), into);
              } else {
                JsonNode value = entry.getValue();
                into.put(key, value.isTextual() ? value.asText() : value.toString());
              }
            });
  }

  /** The settings of an arm that are not those of {@code student}, such as {@code dim 4}. */
  public String of(String arm) {
    List<String> own = new ArrayList<>();
    arms.getOrDefault(arm, Map.of())
        .forEach(
            (key, value) -> {
              if (!value.equals(common.get(key))) {
                own.add(key + " " + value);
              }
            });
    return String.join(", ", own);
  }

  /** Whether an arm has a setting of its own. */
  public boolean differ() {
    return arms.keySet().stream().anyMatch(arm -> !of(arm).isEmpty());
  }
}
