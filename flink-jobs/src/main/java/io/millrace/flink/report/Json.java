package io.millrace.flink.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/** Forgiving access to parsed lines: what is absent or of another kind is NaN or empty. */
final class Json {

  /** A time that is not there. */
  static final long NO_TIME = Long.MIN_VALUE;

  private Json() {}

  /** A number, also one written as text; NaN if there is none. */
  static double number(JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (value.isNumber()) {
      return value.asDouble();
    }
    try {
      return value.isTextual() ? Double.parseDouble(value.asText().strip()) : Double.NaN;
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /** A text, or a number or list as it is written; empty if there is none. */
  static String text(JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return "";
    }
    return value.isValueNode() ? value.asText() : value.toString();
  }

  /** The first of several keys that is there, else a missing node. */
  static JsonNode first(JsonNode node, String... keys) {
    for (String key : keys) {
      if (node.hasNonNull(key)) {
        return node.get(key);
      }
    }
    return MissingNode.getInstance();
  }

  /** Entries of an object in file order; none if it is not an object. */
  static List<Map.Entry<String, JsonNode>> entries(JsonNode node) {
    return List.copyOf(node.properties());
  }

  /** Milliseconds since 1970 from a number, a date or an ISO 8601 time; else {@link #NO_TIME}. */
  static long time(JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (value.isNumber()) {
      return value.asLong();
    }
    return value.isTextual() ? time(value.asText().strip()) : NO_TIME;
  }

  private static long time(String text) {
    try {
      if (text.matches("[-+]?\\d{5,19}")) {
        return Long.parseLong(text);
      }
      if (text.matches("\\d{4}-\\d\\d-\\d\\d")) {
        return LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC).toEpochMilli();
      }
      boolean zoned = text.matches(".*(Z|[-+]\\d\\d:?\\d\\d)");
      return zoned
          ? OffsetDateTime.parse(text).toInstant().toEpochMilli()
          : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC).toEpochMilli();
    } catch (DateTimeException | NumberFormatException e) {
      return NO_TIME;
    }
  }
}
