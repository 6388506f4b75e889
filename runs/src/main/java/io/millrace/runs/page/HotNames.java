package io.millrace.runs.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.ValueColumns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The raw values in {@code values.jsonl}, by field and id, as they were when it was read. */
final class HotNames {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Field → id → value, in file order. */
  private final Map<String, Map<Long, Named>> fields = new LinkedHashMap<>();

  /**
   * A raw value.
   *
   * @param count how often it was seen in the whole run at least
   * @param error how much more often it may have been seen
   */
  record Named(String value, long count, long error) {}

  /** Reads the file; without it no id has a name. */
  static HotNames read(Path runDir) throws IOException {
    HotNames names = new HotNames();
    Path file = runDir.resolve(RunFiles.VALUES);
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        names.add(JSON.readTree(line));
      }
    }
    return names;
  }

  private void add(JsonNode line) {
    fields
        .computeIfAbsent(ValueColumns.FIELD.textIn(line), field -> new LinkedHashMap<>())
        .put(
            ValueColumns.ID.wholeIn(line),
            new Named(
                ValueColumns.VALUE.textIn(line),
                ValueColumns.COUNT.wholeIn(line),
                line.has("error") ? ValueColumns.ERROR.wholeIn(line) : 0));
  }

  /** The name of an id; null if it is not among the most frequent ones. */
  Named of(String field, long id) {
    return all(field).get(id);
  }

  /** The most frequent values of a field by id, the most frequent first. */
  Map<Long, Named> all(String field) {
    return fields.getOrDefault(field, Map.of());
  }

  /** Fields with names. */
  Iterable<String> fields() {
    return fields.keySet();
  }
}
