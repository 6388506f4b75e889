package io.millrace.runs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Law: the tables of docs/metrics.md are what is defined, in its order. */
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
