package io.millrace.runs.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** All kinds of lines by the name of their schema in docs/schema. */
final class LineTypes {

  static final Path SCHEMAS = Path.of("..", "docs", "schema");

  static final Map<String, LineType<?>> ALL =
      Map.of(
          "metrics", MetricColumns.LINE,
          "drift-ids", DriftColumns.LINE,
          "drift-dense", DenseColumns.LINE,
          "switches", SwitchColumns.LINE,
          "refreshes", WatchColumns.REFRESH,
          "alerts", WatchColumns.ALERT,
          "pulse", WatchColumns.PULSE,
          "counts", CountColumns.LINE,
          "rejects", RejectColumns.LINE,
          "values", ValueColumns.LINE);

  private LineTypes() {}

  static JsonNode schema(String name) throws IOException {
    return new ObjectMapper().readTree(SCHEMAS.resolve(name + ".json").toFile());
  }
}
