package io.millrace.runs.report;

import static io.millrace.runs.report.ReportedRun.DAY;
import static io.millrace.runs.report.ReportedRun.START;
import static io.millrace.runs.report.ReportedRun.cell;
import static io.millrace.runs.report.ReportedRun.charts;
import static io.millrace.runs.report.ReportedRun.line;
import static io.millrace.runs.report.ReportedRun.mapped;
import static io.millrace.runs.report.ReportedRun.numbers;
import static io.millrace.runs.report.ReportedRun.row;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.MetricColumns;
import io.millrace.runs.line.WatchColumns;
import io.millrace.runs.verdict.Comparison;
import io.millrace.runs.verdict.Format;
import io.millrace.runs.verdict.RunData;
import io.millrace.watch.RefreshLine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law: the figures of an arm and window are on the page, and a line where it changed its map. */
class ArmsSectionTest {

  private ReportedRun run;

  @BeforeEach
  void start(@TempDir Path dir) throws IOException {
    run = ReportedRun.described(dir);
  }

  /** Law: every figure of an arm and window is on the page, but the rate of clicks. */
  @Test
  void metrics() throws IOException {
    run.files.add(MetricColumns.LINE, line("full", .7600, 2000));
    run.files.add(MetricColumns.LINE, line("modulo-10", .6623, 1000));
    run.files.add(MetricColumns.LINE, line("learned-10", .7123, 1357));
    Map<String, String> shown = new LinkedHashMap<>();
    shown.put("arm", "<th scope=\"row\" data-look=\"2\">learned-10</th>");
    shown.put("seed", ", 1 seed;");
    shown.put("window_start", "2024-01-01 00:00 to");
    shown.put("window_end", "to 2024-01-02 00:00 UTC");
    shown.put("events", cell("4,321"));
    shown.put("positives", cell("1,234"));
    shown.put("auc", cell("0.7123"));
    shown.put("logloss", cell("0.4234"));
    shown.put("ne", cell("0.8345"));
    shown.put("calibration", cell("1.057"));
    shown.put("rows", cell("1,357"));
    shown.put("embedding_bytes", cell("11.1 kB"));
    shown.put("map_bytes", cell("222 B"));
    shown.put("linear_bytes", cell("555 B"));
    shown.put("serving_bytes", cell("33.3 kB"));
    shown.put("training_bytes", cell("444 kB"));
    shown.put("map_version", cell("v55"));
    shown.put("learned", cell("66,666"));
    shown.put("skipped", cell("88"));
    shown.put("early", cell("77"));
    shown.put("out_of_order", cell("99"));
    shown.put("buckets", "<th scope=\"row\">10-99</th><td>103</td>");
    shown.put("tables", "<th scope=\"row\">site</th><td>13 of 16 (7.1)</td>");
    run.assertShown(RunFiles.METRICS, shown, "label_rate");
    assertThat(run.lastLine(RunFiles.METRICS).get("label_rate").doubleValue())
        .isEqualTo(1234. / 4321);
    JsonNode table = run.lastLine(RunFiles.METRICS).get("tables").get("site");
    assertThat(table.properties())
        .extracting(Map.Entry::getKey)
        .containsExactly(
            "bytes",
            "singular_values",
            "above_1_percent",
            "effective_rank",
            "width",
            "weights",
            "weights_left");
    assertThat(run.page())
        .contains("<th scope=\"row\">share of all</th><td>81 %</td>")
        .contains("<th scope=\"row\">site</th><td>12 % left, 1.24 kB</td>", cell("88 %"))
        .contains(cell("51 %"))
        .contains("<th scope=\"row\">100+</th><td>104</td><td>0.6004</td>");
  }

  /** Law: rows are a share of the expected ids, as in check, however few ids have come. */
  @Test
  void shareOfRows() throws IOException {
    run.files.add(MetricColumns.LINE, line("full", .7600, 2000));
    run.files.add(MetricColumns.LINE, line("learned-10", .7123, 545));
    assertThat(ReportedRun.rows(run.page(), "learned-10").get(1))
        .as("of 5,000 expected ids")
        .contains(cell("545") + cell("11 %"));
  }

  /** Law: a chart has a line where an arm changed its map, and only there. */
  @Test
  void mapSwitches() throws IOException {
    run.files.add(MetricColumns.LINE, mapped(0, 0));
    run.files.add(MetricColumns.LINE, mapped(1, 1));
    run.files.add(MetricColumns.LINE, mapped(2, 1));
    String page = run.page();
    List<JsonNode> charts = charts(page, "lines");
    assertThat(charts).hasSize(2);
    assertThat(charts)
        .allSatisfy(chart -> assertThat(times(chart)).containsExactly((double) START + DAY));
    assertThat(page).contains("Dashed: students switched to a new map");
  }

  /** Law: a map that was built within a window has its line there, beside those of window ends. */
  @Test
  void mapSwitchesWithinWindows() throws IOException {
    run.files.add(MetricColumns.LINE, mapped(0, 0));
    run.files.add(MetricColumns.LINE, mapped(1, 1));
    run.files.add(MetricColumns.LINE, mapped(2, 3));
    run.files.add(MetricColumns.LINE, mapped(3, 4));
    run.files.add(
        WatchColumns.REFRESH, new RefreshLine(START + 2 * DAY + DAY / 4, 7, List.of("label_rate")));
    run.files.add(
        WatchColumns.REFRESH, new RefreshLine(START + 3 * DAY + DAY / 2, 7, List.of("teacher_ne")));
    assertThat(new Comparison(RunData.read(run.dir)).mapSwitches())
        .containsExactly(1., 2., 2.25, 3.5);
    String page = run.page();
    assertThat(times(charts(page, "lines").get(0)))
        .containsExactly(
            (double) START + DAY,
            (double) START + 2 * DAY,
            (double) START + 2 * DAY + DAY / 4,
            (double) START + 3 * DAY + DAY / 2);
    assertThat(page).contains("of ids to rows; within a window, after a change.");
  }

  /** Law: without a plain hash to compare with, a map is compared with the arm without hashing. */
  @Test
  void summaryWithoutModulo() throws IOException {
    run.files.add(MetricColumns.LINE, line("full", .7600, 2000));
    run.files.add(MetricColumns.LINE, line("learned-10", .7500, 200));
    assertThat(run.page())
        .contains(
            "Serve learned-10: AUC 0.7500, −0.0100 against the row for each id of full"
                + ", in 11.9 kB of rows, map and linear part (1 late window is too few to tell from noise).");
  }

  /** Law: a table has the newest windows, and says which file has the others. */
  @Test
  void tablesOfManyWindowsAreShort() throws IOException {
    int windows = Windows.ROWS + 150;
    for (int w = 0; w < windows; w++) {
      run.files.add(MetricColumns.LINE, mapped(w, 1));
    }
    assertThat(run.page())
        .contains("<p>The newest 100 of 250 windows; metrics.jsonl has all.</p>")
        .doesNotContain("<th scope=\"row\">" + day(149) + "</th>")
        .contains("<th scope=\"row\">" + day(150) + "</th>")
        .contains("<th scope=\"row\">" + day(249) + "</th>");
  }

  private static double[] times(JsonNode chart) {
    List<JsonNode> marks = new ArrayList<>();
    chart.get("marks").forEach(marks::add);
    return marks.stream().mapToDouble(mark -> mark.get("x").asDouble()).toArray();
  }

  /** Law: charts have the figures of the files, and an arm has one look in all of them. */
  @Test
  void chartsHaveTheFiguresOfTheFiles() throws IOException {
    run.fourArms();
    String page = run.page();
    JsonNode ne = charts(page, "lines").get(0);
    JsonNode auc = charts(page, "lines").get(1);
    assertThat(ne.get("unit").asText()).isEqualTo("score");
    assertThat(page)
        .contains("data-windows=\"arms\">[[%d,%d],".formatted(START, START + DAY))
        .contains("role=\"img\" aria-label=\"AUC per window; use the arrow keys");
    for (JsonNode line : auc.get("series")) {
      if (line.get("name").asText().equals("learned")) {
        // means over two seeds, whose least and greatest bound the band
        assertThat(numbers(line.get("y"))).containsExactly(.52, .52, .73, .73);
        assertThat(numbers(line.get("low"))).containsExactly(.51, .51, .73, .73);
        assertThat(numbers(line.get("high"))).containsExactly(.53, .53, .73, .73);
      }
    }
    List<JsonNode> points = charts(page, "points");
    assertThat(points.get(0).get("points").findValuesAsText("x"))
        .containsExactly("9900000", "900000", "860000", "2400000");
    assertThat(numbers(points.get(1).get("points").get(3).get("spread"))).isEmpty();
    Map<String, Integer> looks = new HashMap<>();
    for (JsonNode chart :
        List.of(ne.get("series"), auc.get("series"), points.get(0).get("points"))) {
      for (JsonNode one : chart) {
        String name = one.get("name").asText();
        assertThat(looks.merge(name, one.get("look").asInt(), Math::max))
            .isEqualTo(one.get("look").asInt());
        assertThat(row(page, name)).contains("data-look=\"" + one.get("look") + "\"");
      }
    }
    assertThat(looks.values()).hasSize(4).doesNotHaveDuplicates();
  }

  /**
   * Law: of what follows the comparison of the arms nothing is open, and what it needs is closed.
   */
  @Test
  void onlyTheComparisonIsOpen() throws IOException {
    run.fourArms();
    String page = run.page();
    assertThat(page).doesNotContainPattern("<details[^>]* open");
    String compared = "<section class=\"arms\">";
    String after = page.substring(page.indexOf("</section>", page.indexOf(compared)));
    assertThat(after.substring("</section>".length())).doesNotContain("<section");
    assertThat(after).contains("<h2>Quality by window</h2> <span>4 windows</span>");
    assertThat(page.indexOf("class=\"summary\"")).isPositive().isLessThan(page.indexOf(compared));
    String open =
        page.substring(page.indexOf(compared), page.indexOf("<details", page.indexOf(compared)));
    assertThat(open).contains(">NE</th>", ">AUC</th>", ">bytes</th>", "data-chart");
  }

  private static String day(int window) {
    return Format.windows(List.of(START + window * DAY)).get(0);
  }
}
