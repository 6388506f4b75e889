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
      Map.ofEntries(
          Map.entry("metrics", MetricColumns.LINE),
          Map.entry("drift-ids", DriftColumns.LINE),
          Map.entry("drift-dense", DenseColumns.LINE),
          Map.entry("switches", SwitchColumns.LINE),
          Map.entry("refreshes", WatchColumns.REFRESH),
          Map.entry("alerts", WatchColumns.ALERT),
          Map.entry("pulse", WatchColumns.PULSE),
          Map.entry("warnings", WarningColumns.LINE),
          Map.entry("counts", CountColumns.LINE),
          Map.entry("rejects", RejectColumns.LINE),
          Map.entry("values", ValueColumns.LINE));

  private LineTypes() {}

  static JsonNode schema(String name) throws IOException {
    return new ObjectMapper().readTree(SCHEMAS.resolve(name + ".json").toFile());
  }
}
