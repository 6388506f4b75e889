package io.millrace.runs.line;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.event.Warning;
import io.millrace.spec.DriftOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Law: docs/schema and the definitions name the same columns, in the same order. */
class SchemaTest {

  @Test
  void everyKindOfLineHasASchema() throws IOException {
    try (Stream<Path> files = Files.list(LineTypes.SCHEMAS)) {
      assertThat(files.map(file -> file.getFileName().toString().replace(".json", "")))
          .containsExactlyInAnyOrderElementsOf(LineTypes.ALL.keySet());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "metrics",
        "drift-ids",
        "drift-dense",
        "switches",
        "refreshes",
        "alerts",
        "pulse",
        "warnings",
        "counts",
        "rejects",
        "values"
      })
  void sameColumns(String name) throws IOException {
    assertSame(name, LineTypes.schema(name), LineTypes.ALL.get(name).columns());
    assertThat(LineTypes.schema(name).path("title").asText())
        .startsWith("A line of " + LineTypes.ALL.get(name).file());
  }

  /** Law: the schema allows the kinds of warnings that there are. */
  @Test
  void kindsOfWarnings() throws IOException {
    assertThat(allowed("warnings", "kind"))
        .isEqualTo(Stream.of(Warning.Kind.values()).map(Warning.Kind::key).toList());
  }

  /** Law: the streams and detectors that a schema allows are those that a job can name. */
  @Test
  void streamsAndDetectors() throws IOException {
    List<String> streams =
        Stream.of(DriftOptions.Stream.values()).map(DriftOptions.Stream::key).toList();
    assertThat(allowed("alerts", "stream")).isEqualTo(streams);
    assertThat(allowed("pulse", "stream")).isEqualTo(streams);
    assertThat(allowed("alerts", "detector"))
        .isEqualTo(
            Stream.of(DriftOptions.Detector.values()).map(DriftOptions.Detector::key).toList());
  }

  private static List<String> allowed(String schema, String key) throws IOException {
    List<String> allowed = new ArrayList<>();
    LineTypes.schema(schema)
        .at("/properties/" + key + "/enum")
        .forEach(v -> allowed.add(v.asText()));
    return allowed;
  }

  private static void assertSame(String of, JsonNode schema, Columns<?> columns) {
    List<String> keys = columns.all().stream().map(c -> c.key()).toList();
    assertThat(schema.path("properties").properties().stream().map(Map.Entry::getKey))
        .as(of)
        .containsExactlyElementsOf(keys);
    for (Column<?> column : columns.all()) {
      JsonNode described = schema.path("properties").path(column.key());
      List<JsonNode> inner = objects(described);
      assertThat(inner.isEmpty()).as(column.key()).isEqualTo(column.members() == null);
      inner.forEach(object -> assertSame(of + "." + column.key(), object, column.members()));
    }
  }

  /** The schemas of the objects that a column holds: itself, entries of a list or of a map. */
  private static List<JsonNode> objects(JsonNode schema) {
    if (schema.path("items").has("properties")) {
      return List.of(schema.path("items"));
    }
    if (schema.path("additionalProperties").has("properties")) {
      return List.of(schema.path("additionalProperties"));
    }
    List<JsonNode> named =
        schema.path("properties").properties().stream()
            .map(Map.Entry::getValue)
            .filter(member -> member.has("properties"))
            .toList();
    return named.isEmpty() && schema.has("properties") ? List.of(schema) : named;
  }
}
