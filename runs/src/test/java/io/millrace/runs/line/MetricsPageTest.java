package io.millrace.runs.line;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.JobMetric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Law: the tables of docs/metrics.md are what is defined, in its order; what a figure of windows
 * means is what the schema of its line says.
 */
class MetricsPageTest {

  private static final Path PAGE = Path.of("..", "docs", "metrics.md");
  private static final String END = "<!-- end -->";

  @Test
  void operators() throws IOException {
    String rows =
        Arrays.stream(JobMetric.values())
            .map(
                metric ->
                    "| %s | `%s` | %s |\n"
                        .formatted(metric.operators(), metric.key(), metric.what()))
            .collect(Collectors.joining());
    assertPrinted("operators", "| operator | name | what |\n|---|---|---|\n" + rows);
  }

  @Test
  void windows() throws IOException {
    assertWindows("arm", "metrics", "switches");
    assertWindows("field", "drift-ids");
    assertWindows("column", "drift-dense");
  }

  /** Law: lines that no gauges are made from have no column that is marked as a gauge. */
  @ParameterizedTest
  @ValueSource(
      strings = {"pulse", "warnings", "alerts", "refreshes", "counts", "rejects", "values"})
  void otherLinesHaveNoGauge(String name) {
    assertNoGauge(LineTypes.ALL.get(name).columns());
  }

  private static void assertNoGauge(Columns<?> columns) {
    for (Column<?> column : columns.all()) {
      assertThat(column.gauge()).as(column.key()).isNull();
      if (column.members() != null) {
        assertNoGauge(column.members());
      }
    }
  }

  private static void assertWindows(String kind, String... schemas) throws IOException {
    StringBuilder table = new StringBuilder("| name | what |\n|---|---|\n");
    for (String name : schemas) {
      addRows(table, kind, LineTypes.ALL.get(name).columns(), LineTypes.schema(name));
    }
    assertPrinted(kind, table.toString());
  }

  private static void addRows(
      StringBuilder table, String kind, Columns<?> columns, JsonNode schema) {
    for (Column<?> column : columns.all()) {
      JsonNode described = schema.path("properties").path(column.key());
      if (column.gauge() != null) {
        String what = described.path("description").asText();
        table.append(
            "| `%s_%s` | %s |\n"
                .formatted(kind, column.gauge(), what.replace("ms since 1970", "s since 1970")));
      }
      if (described.path("type").toString().equals("[\"object\",\"null\"]")) {
        addRows(table, kind, column.members(), described);
      }
    }
  }

  private static void assertPrinted(String name, String table) throws IOException {
    String page = Files.readString(PAGE);
    String mark = "<!-- " + name + ": printed -->\n";
    int start = page.indexOf(mark) + mark.length();
    assertThat(start).as(mark).isGreaterThanOrEqualTo(mark.length());
    int end = page.indexOf(END, start);
    if (Boolean.getBoolean("millrace.docs.write")) {
      page = page.substring(0, start) + table + page.substring(end);
      Files.writeString(PAGE, page);
      end = start + table.length();
    }
    assertThat(page.substring(start, end))
        .as("run with -Dmillrace.docs.write=true to print it anew")
        .isEqualTo(table);
  }
}
