package io.millrace.runs.report;

import static io.millrace.runs.report.ReportedRun.DAY;
import static io.millrace.runs.report.ReportedRun.START;
import static io.millrace.runs.report.ReportedRun.cell;
import static io.millrace.runs.report.ReportedRun.line;
import static io.millrace.runs.report.ReportedRun.row;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.maps.DriftLine;
import io.millrace.metric.RowLoad;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.DenseColumns;
import io.millrace.runs.line.DriftColumns;
import io.millrace.watch.DenseLine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: every figure of drift is on the page beside its floor, and so is what could not be measured.
 */
class DriftSectionTest {

  private ReportedRun run;

  @BeforeEach
  void start(@TempDir Path dir) throws IOException {
    run = ReportedRun.described(dir);
  }

  /** Law: every figure of a field and window is on the page, and so are floors. */
  @Test
  void drift() throws IOException {
    run.files.add(
        DriftColumns.LINE,
        new DriftLine(
            "site",
            7,
            START,
            START + DAY,
            4444,
            .111,
            .055,
            .222,
            .333,
            .444,
            new DriftLine.Movement(.555, .556, .557, .558),
            new DriftLine.Movement(.565, .566, .567, .568),
            "learned-0.1",
            9,
            501,
            4321,
            true,
            List.of("learned-0.2", "learned-2-sum-0.1"),
            new DriftLine.Agreement(.601, .602, .603, .611, .612, .613, .614, .604),
            new DriftLine.Agreement(.701, .702, .703, .711, .712, .713, .714, .704),
            new RowLoad(
                11,
                4,
                .25,
                3,
                List.of(new RowLoad.Bin(0, 2), new RowLoad.Bin(1, 9)),
                List.of(new RowLoad.Row(6, 4, .125)))));
    Map<String, String> shown = new LinkedHashMap<>();
    shown.put("field", "Field site drifts most");
    shown.put("window_start", cell("1 Jan"));
    shown.put("ids", cell("4,444"));
    shown.put("psi", cell("0.111 (0.055)"));
    shown.put("psi_limit", cell("0.111 (0.055)"));
    shown.put("new_traffic", cell("0.222"));
    shown.put("cold_traffic", cell("0.333"));
    shown.put("gone_traffic", cell("0.444"));
    shown.put("procrustes", cell("0.555"));
    shown.put("floor_procrustes", cell("0.555 (0.565)"));
    for (String floor : List.of("", "floor_")) {
      shown.put(floor + "displacement_p50", cell("0.556 (0.566)"));
      shown.put(floor + "displacement_p90", cell("0.557 (0.567)"));
      shown.put(floor + "displacement_p99", cell("0.558 (0.568)"));
      shown.put(floor + "ari_traffic", cell("0.611 (0.711)"));
      shown.put(floor + "nmi_traffic", cell("0.612 (0.712)"));
      shown.put(floor + "jaccard_traffic", cell("0.613 (0.713)"));
      shown.put(floor + "moved_ids", cell("0.614 (0.714)"));
    }
    shown.put("row_load", "<td>11</td><td>4</td><td>25 %</td><td>3</td>");
    shown.put("map_spec", ">learned-0.1 v");
    shown.put("map_version", "learned-0.1 v9, ");
    shown.put("rows", cell("501"));
    shown.put("mapped_ids", cell("4,321"));
    shown.put("plain_hash", "v9, plain hash<");
    shown.put("without_map", "no learned map (learned-0.2, learned-2-sum-0.1) of 1 Jan: the");
    shown.put("ari", ">0.601 ");
    shown.put("nmi", ">0.602 ");
    shown.put("jaccard", ">0.603 ");
    shown.put("moved_traffic", ">0.604 ");
    shown.put("floor_ari", "0.601 (0.701)<");
    shown.put("floor_nmi", "0.602 (0.702)<");
    shown.put("floor_jaccard", "0.603 (0.703)<");
    shown.put("floor_moved_traffic", "0.604 (0.704)<");
    run.assertShown(RunFiles.DRIFT, shown, "kind", "seed", "window_end");
    JsonNode line = run.lastLine(RunFiles.DRIFT);
    assertThat(line.get("displacement_p99").doubleValue()).isEqualTo(.558);
    assertThat(line.get("floor_moved_ids").doubleValue()).isEqualTo(.714);
    assertThat(line.get("row_load").toString())
        .isEqualTo(
            "{\"rows_used\":11,\"max_ids\":4,\"max_traffic\":0.25,\"hot_collisions\":3,"
                + "\"ids_histogram\":[[0,2],[1,9]],"
                + "\"largest\":[{\"row\":6,\"ids\":4,\"traffic\":0.125}]}");
  }

  /** Law: lines about dense columns have these keys, and leave the figures of ids as they are. */
  @Test
  void denseColumns() throws IOException {
    run.files.add(DriftColumns.LINE, ReportedRun.drift(1, "learned-0.1", 1));
    String without = run.page();
    run.files.add(
        DenseColumns.LINE,
        new DenseLine("d0", 7, START, START + DAY, 4444, 1.5, .25, Double.NaN, .125));
    assertThat(run.lastLine(RunFiles.DRIFT))
        .hasToString(
            "{\"kind\":\"dense\",\"field\":\"d0\",\"seed\":7,\"window_start\":1704067200000,"
                + "\"window_end\":1704153600000,\"events\":4444,\"mean\":1.5,\"deviation\":0.25,"
                + "\"missing\":null,\"ks\":0.125}");
    String page = run.page();
    assertThat(page)
        .contains("<th scope=\"row\">d0</th><td>1 Jan</td><td>4,444</td>")
        .contains("<td>1.5000</td><td>0.2500</td><td>–</td><td>0.125</td>");
    assertThat(
            page.replaceFirst(
                "(?s)<details class=\"section\"><summary><h2>Dense columns.*?"
                    + "(?=<details class=\"section\">)",
                ""))
        .isEqualTo(without);
  }

  /** Law: the first window, in which nothing can be compared, has no figures and no floor. */
  @Test
  void firstWindow() throws IOException {
    run.files.add(DriftColumns.LINE, ReportedRun.drift(0, "learned-0.1", 1));
    assertThat(run.page()).contains("No figures.", "drift.floor is off").doesNotContain("NaN");
  }

  /** Law: each window and kind of map for which the teacher knew nothing is named. */
  @Test
  void windowsWithoutMaps() throws IOException {
    run.files.add(
        DriftColumns.LINE, ReportedRun.drift(0, "two-level-0.1", 1, "learned-0.1", "learned-0.2"));
    run.files.add(DriftColumns.LINE, ReportedRun.drift(1, "two-level-0.1", 2, "learned-0.2"));
    run.files.add(DriftColumns.LINE, ReportedRun.drift(2, "two-level-0.1", 3));
    assertThat(run.page())
        .contains("Field site has no learned map (learned-0.1) of 1 Jan: the teacher knew none")
        .contains("Field site has no learned map (learned-0.2) of 1 Jan, 2 Jan: the teacher")
        .contains("two-level-0.1 v1<", "two-level-0.1 v3<");
  }

  /** Law: where the compared map itself could not be built, none is shown. */
  @Test
  void windowWithoutTheComparedMap() throws IOException {
    run.files.add(
        DriftColumns.LINE,
        ReportedRun.drift(0, "learned-0.1", 0, "learned-0.1", "learned-2-sum-0.1"));
    run.files.add(DriftColumns.LINE, ReportedRun.drift(1, "learned-0.1", 1));
    assertThat(run.page())
        .contains("Field site has no learned map (learned-0.1, learned-2-sum-0.1) of 1 Jan: the")
        .contains("learned-0.1 v1<")
        .doesNotContain("learned-0.1 v0<");
  }

  /** Law: a window at whose end no map was built shows the one in use, and nothing is missing. */
  @Test
  void windowThatKeepsItsMap() throws IOException {
    run.files.add(DriftColumns.LINE, ReportedRun.drift(0, "learned-0.1", 1));
    assertThat(run.page()).doesNotContain("no map was built");
    run.files.add(DriftColumns.LINE, ReportedRun.drift(1, "learned-0.1", 1));
    run.files.add(DriftColumns.LINE, ReportedRun.drift(2, "learned-0.1", 2));
    assertThat(run.page())
        .contains(cell("learned-0.1 v1"), cell("learned-0.1 v1, kept"), cell("learned-0.1 v2"))
        .contains("A window at whose end no map was built has no agreement.")
        .doesNotContain("has no learned map");
  }

  /** Law: drift shows values with their floors, and fields in natural order. */
  @Test
  void driftShowsFloors() throws IOException {
    run.write("drift.jsonl", driftLine("f10"), driftLine("f2"));
    String page = run.page();
    assertThat(row(page, "f2"))
        .contains("<td>0.310 (0.250)</td>", "<td>0.120 (0.150)</td>", "<td>0.480 (0.500)</td>");
    assertThat(page)
        .contains(
            "in the window of 2024-01-01 00:00 its PSI is 0.310, where up to 0.250 is usual; 2 of 2 fields drift");
    assertThat(page.indexOf("<strong>f2</strong>")).isLessThan(page.indexOf("<strong>f10<"));
  }

  /** Law: fields without a map fold away, and a floor that was not measured is said so. */
  @Test
  void compressedFieldsComeFirst() throws IOException {
    run.write(
        "drift.jsonl",
        "{\"field\":\"a\",\"window_start\":" + START + ",\"psi\":0.1,\"map_spec\":null}",
        "{\"field\":\"b\",\"window_start\":" + START + ",\"psi\":0.1,\"map_spec\":\"learned\"}");
    String page = run.page();
    assertThat(page)
        .contains("1 field without a map: a row for each id", "drift.floor is off")
        .doesNotContain("floor of ARI", "(floor)");
    assertThat(page.indexOf("<strong>b<")).isLessThan(page.indexOf("<strong>a<"));
  }

  private static String driftLine(String field) {
    return "{\"field\":\""
        + field
        + "\",\"window_start\":"
        + START
        + ",\"psi\":0.31,\"psi_limit\":0.25,\"new_traffic\":0.1,\"map_spec\":\"learned\",\"ari\":0.12,\"nmi\":0.48,"
        + "\"floor_ari\":0.15,\"floor_nmi\":0.5}";
  }
}
