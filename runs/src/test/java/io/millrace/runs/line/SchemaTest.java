package io.millrace.runs.line;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        "counts",
        "rejects",
        "values"
      })
  void sameColumns(String name) throws IOException {
    assertSame(name, LineTypes.schema(name), LineTypes.ALL.get(name).columns());
    assertThat(LineTypes.schema(name).path("title").asText())
        .startsWith("A line of " + LineTypes.ALL.get(name).file());
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
