package io.millrace.runs.verdict;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads values of parsed JSON; a number that is null is NaN here. */
public final class Json {

  private Json() {}

  /** A number; NaN if it is null. */
  public static double number(JsonNode node, String key) {
    JsonNode value = node.path(key);
    return value.isNumber() ? value.asDouble() : Double.NaN;
  }

  /** A text, or the JSON of a number, list or object; empty for null. */
  public static String text(JsonNode node, String key) {
    JsonNode value = node.path(key);
    return value.isContainerNode() ? value.toString() : value.asText("");
  }

  /** Milliseconds since 1970. */
  public static long time(JsonNode node, String key) {
    return node.path(key).asLong();
  }

  /** Numbers by name, in file order; NaN where one is null. */
  public static Map<String, Double> numbers(JsonNode object) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    object.properties().forEach(e -> numbers.put(e.getKey(), number(object, e.getKey())));
    return numbers;
  }
}
