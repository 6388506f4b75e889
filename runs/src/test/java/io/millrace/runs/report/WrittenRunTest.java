package io.millrace.runs.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.dense.MlpSpec;
import io.millrace.dlrm.Dlrm;
import io.millrace.event.EventTotals;
import io.millrace.event.Reject;
import io.millrace.event.RejectedRecord;
import io.millrace.format.HotValues;
import io.millrace.jobfile.JobConfig;
import io.millrace.maps.DriftLine;
import io.millrace.metric.Metrics;
import io.millrace.metric.RowLoad;
import io.millrace.metric.Spectrum;
import io.millrace.runs.RunFacts;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.CountColumns;
import io.millrace.runs.line.DenseColumns;
import io.millrace.runs.line.DriftColumns;
import io.millrace.runs.line.MetricColumns;
import io.millrace.runs.line.RejectColumns;
import io.millrace.runs.line.WatchColumns;
import io.millrace.snapshot.FieldRows;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.PublishedModel;
import io.millrace.student.MetricLine;
import io.millrace.student.TableFigures;
import io.millrace.table.StoredRows;
import io.millrace.watch.DenseLine;
import io.millrace.watch.RefreshLine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reads what the writers of a run really write. Every key of a line has to be known here, with the
 * text that it becomes on the page: a key that a writer adds, drops or renames fails these tests.
 */
class WrittenRunTest {

  private static final long START = 1_704_067_200_000L;
  private static final long DAY = 86_400_000;

  private static final String JOB =
      """
      name: written
      format: {type: csv}
      schema:
        label: {column: label}
        time: {column: t, unit: ms}
        dense: [{columns: d0}]
        categorical: [{columns: site, expected_ids: 5000}]
      arms:
        - {name: full, hash: full}
        - {name: modulo-10, hash: modulo, ratio: 0.1}
        - {name: learned-10, hash: learned, ratio: 0.1}
      seeds: [7]
      """;

  @TempDir private Path dir;

  private JobConfig job;
  private RunFiles files;

  @BeforeEach
  void start() throws IOException {
    job = JobConfig.parse(JOB, "job.yaml");
    files = RunFiles.create(dir);
    files.describe(RunFacts.of("train", job, List.of(7L), null));
  }

  /** Law: every fact of the run is on the page; the settings as they were resolved. */
  @Test
  void facts() throws IOException {
    String page = page();
    JsonNode run = new ObjectMapper().readTree(dir.resolve(RunFiles.RUN).toFile());
    run.properties()
        .forEach(
            fact -> {
              if (fact.getValue().isValueNode()) {
                assertThat(page).contains(cell(fact.getValue().asText()));
              }
            });
    run.get("machine")
        .properties()
        .forEach(fact -> assertThat(page).contains(cell(fact.getValue().asText())));
    assertThat(page)
        .contains("<h1>written</h1>", cell("[7]"))
        .contains(Html.escape(run.get("config").toPrettyString()));
  }

  /** Law: every figure of an arm and window is on the page. */
  @Test
  void metrics() throws IOException {
    files.add(MetricColumns.LINE, line("full", .7600, 2000));
    files.add(MetricColumns.LINE, line("modulo-10", .6623, 1000));
    files.add(MetricColumns.LINE, line("learned-10", .7123, 1357));
    Map<String, String> shown = new LinkedHashMap<>();
    shown.put("arm", "<th scope=\"row\">learned-10</th>");
    shown.put("seed", ", 1 seed;");
    shown.put("window_start", "2024-01-01 00:00 to");
    shown.put("window_end", "to 2024-01-02 00:00 UTC");
    shown.put("events", cell("4,321"));
    shown.put("positives", cell("1,234"));
    shown.put("auc", cell("0.7123"));
    shown.put("logloss", cell("0.4234"));
    shown.put("ne", cell("0.8345"));
    shown.put("calibration", cell("1.057"));
    shown.put("label_rate", "");
    shown.put("rows", cell("1,357"));
    shown.put("embedding_bytes", cell("11.1 kB"));
    shown.put("map_bytes", cell("222 B"));
    shown.put("serving_bytes", cell("33.3 kB"));
    shown.put("training_bytes", cell("444 kB"));
    shown.put("map_version", cell("v55"));
    shown.put("learned", cell("66,666"));
    shown.put("skipped", cell("88"));
    shown.put("early", cell("77"));
    shown.put("buckets", "<th scope=\"row\">10-99</th><td>103</td>");
    shown.put("tables", "<th scope=\"row\">site</th><td>13 of 16 (7.1)</td>");
    assertShown(RunFiles.METRICS, shown);
    assertThat(lastLine(RunFiles.METRICS).get("label_rate").doubleValue()).isEqualTo(1234. / 4321);
    JsonNode table = lastLine(RunFiles.METRICS).get("tables").get("site");
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
    assertThat(page())
        .contains("<th scope=\"row\">share of all</th><td>81 %</td>")
        .contains("<th scope=\"row\">site</th><td>12 % left, 1.24 kB</td>", cell("88 %"))
        .contains("the learned map (learned-10) closes 51 % of the gap between modulo-10 and full")
        .contains("<th scope=\"row\">100+</th><td>104</td><td>0.6004</td>");
  }

  /** Law: a chart has a line where an arm changed its map, and only there. */
  @Test
  void mapSwitches() throws IOException {
    files.add(MetricColumns.LINE, mapped(0, 0));
    files.add(MetricColumns.LINE, mapped(1, 1));
    files.add(MetricColumns.LINE, mapped(2, 1));
    String page = page();
    assertThat(page.split("class=\"mark\"", -1)).hasSize(1 + 2); // a line in each of two charts
    assertThat(page).contains("Dashed: students switched to a new map");
  }

  /** Law: a map that was built within a window has its line there, beside those of window ends. */
  @Test
  void mapSwitchesWithinWindows() throws IOException {
    files.add(MetricColumns.LINE, mapped(0, 0));
    files.add(MetricColumns.LINE, mapped(1, 1));
    files.add(MetricColumns.LINE, mapped(2, 3));
    files.add(MetricColumns.LINE, mapped(3, 4));
    files.add(
        WatchColumns.REFRESH, new RefreshLine(START + 2 * DAY + DAY / 4, 7, List.of("label_rate")));
    files.add(
        WatchColumns.REFRESH, new RefreshLine(START + 3 * DAY + DAY / 2, 7, List.of("teacher_ne")));
    assertThat(new Comparison(RunData.read(dir)).mapSwitches()).containsExactly(1., 2., 2.25, 3.5);
    String page = page();
    assertThat(page.split("class=\"mark\"", -1)).hasSize(1 + 2 * 4);
    assertThat(page).contains("of ids to rows; within a window, after a change.");
  }

  /** Law: the page says when changes made new maps due, and which, the newest first. */
  @Test
  void refreshes() throws IOException {
    files.add(MetricColumns.LINE, mapped(1, 1));
    assertThat(page()).doesNotContain("built anew", "something had changed");
    for (int minute = 0; minute < 12; minute++) {
      files.add(
          WatchColumns.REFRESH,
          new RefreshLine(START + DAY + minute * 60_000L, 7, List.of("label_rate", "psi/site")));
    }
    Map<String, String> shown = new LinkedHashMap<>();
    shown.put("time", "</p><ul><li>Maps were rebuilt at 2024-01-02 00:11: ");
    shown.put("seed", "");
    shown.put("causes", "00:11: label_rate, psi/site</li><li>Maps were rebuilt at");
    assertShown(RunFiles.REFRESHES, shown);
    assertThat(page())
        .contains("Maps were rebuilt 12 times within a window, after changes.")
        .contains("the newest 10 of 12")
        .doesNotContain("anew at 2024-01-02 00:01");
  }

  /** Law: without a plain hash to compare with, a map is compared with the arm without hashing. */
  @Test
  void summaryWithoutModulo() throws IOException {
    files.add(MetricColumns.LINE, line("full", .7600, 2000));
    files.add(MetricColumns.LINE, line("learned-10", .7500, 200));
    assertThat(page())
        .contains(
            "With 10 % of the rows, the learned map (learned-10) has −0.0100 AUC against full");
  }

  private static MetricLine mapped(int window, int map) {
    MetricLine line = line("learned-10", .7, 1000);
    return new MetricLine(
        line.arm(),
        line.seed(),
        START + window * DAY,
        START + (window + 1) * DAY,
        line.overall(),
        line.byBucket(),
        line.rows(),
        line.embeddingBytes(),
        line.mapBytes(),
        line.servingBytes(),
        line.trainingBytes(),
        map,
        line.learned(),
        line.skipped(),
        line.early(),
        line.tables());
  }

  /** Law: every figure of a field and window is on the page, and so are floors. */
  @Test
  void drift() throws IOException {
    files.add(
        DriftColumns.LINE,
        new DriftLine(
            "site",
            7,
            START,
            START + DAY,
            4444,
            .111,
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
    shown.put("kind", "");
    shown.put("field", "Field site drifts most");
    shown.put("seed", "");
    shown.put("window_start", cell("1 Jan"));
    shown.put("window_end", "");
    shown.put("ids", cell("4,444"));
    shown.put("psi", cell("0.111"));
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
    assertShown(RunFiles.DRIFT, shown);
    JsonNode line = lastLine(RunFiles.DRIFT);
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
    files.add(DriftColumns.LINE, mapped(1, "learned-0.1", 1));
    String without = page();
    files.add(
        DenseColumns.LINE,
        new DenseLine("d0", 7, START, START + DAY, 4444, 1.5, .25, Double.NaN, .125));
    assertThat(lastLine(RunFiles.DRIFT))
        .hasToString(
            "{\"kind\":\"dense\",\"field\":\"d0\",\"seed\":7,\"window_start\":1704067200000,"
                + "\"window_end\":1704153600000,\"events\":4444,\"mean\":1.5,\"deviation\":0.25,"
                + "\"missing\":null,\"ks\":0.125}");
    String page = page();
    assertThat(page)
        .contains("<th scope=\"row\">d0</th><td>1 Jan</td><td>4,444</td>")
        .contains("<td>1.5000</td><td>0.2500</td><td>–</td><td>0.125</td>");
    assertThat(page.replaceFirst("(?s)<section><h2>Dense columns.*?</section>\n", ""))
        .isEqualTo(without);
  }

  /** Law: alerts and switches are on the page as they are in their files, and summed up on top. */
  @Test
  void changes() throws IOException {
    files.add(MetricColumns.LINE, line("full", .7600, 2000));
    Files.writeString(
        dir.resolve(RunFiles.ALERTS),
        """
        {"time":%d,"stream":"new_traffic","field":"site","arm":null,"detector":"page_hinkley",\
        "seed":7,"value":0.31,"before":0.04,"message":"new ids of site rose from 0.04 to 0.31 at 2024-01-01T00:00:00Z (page_hinkley)"}
        """
            .formatted(START));
    Files.writeString(
        dir.resolve("switches.jsonl"),
        """
        {"arm":"learned-10","seed":7,"time":%1$d,"map_version":5,"before_version":4,\
        "events":2345,"logloss":0.4321,"shadow_logloss":0.4444,"regret":-0.0123}
        {"arm":"learned-10","seed":7,"time":%1$d,"map_version":6,"before_version":5,\
        "events":2345,"logloss":0.4444,"shadow_logloss":0.4421,"regret":0.0023}
        """
            .formatted(START));
    assertThat(page())
        .contains(
            "Detectors raised 1 alert, the last at 2024-01-01 00:00 UTC: New ids of site rose from 0.04 to 0.31.")
        .contains("new map from the start in 1 of 2 switches: the mean regret is −0.0050 log loss,")
        .contains(cell("New ids of site rose from 0.04 to 0.31"), cell("page hinkley"))
        .contains("<td>v5</td><td>v4</td><td>2,345</td><td>0.4321</td><td>0.4444</td>")
        .contains(cell("−0.0123"), cell("+0.0023"));
  }

  /** Law: the first window, in which nothing can be compared, has no figures and no floor. */
  @Test
  void firstWindow() throws IOException {
    double none = Double.NaN;
    files.add(
        DriftColumns.LINE,
        new DriftLine(
            "site",
            7,
            START,
            START + DAY,
            4444,
            none,
            none,
            none,
            none,
            DriftLine.Movement.NONE,
            DriftLine.Movement.NONE,
            "learned-0.1",
            1,
            501,
            4321,
            false,
            List.of(),
            DriftLine.Agreement.NONE,
            DriftLine.Agreement.NONE,
            null));
    assertThat(page()).contains("No figures.", "drift.floor is off").doesNotContain("NaN");
  }

  /** Law: each window and kind of map for which the teacher knew nothing is named. */
  @Test
  void windowsWithoutMaps() throws IOException {
    files.add(DriftColumns.LINE, mapped(0, "two-level-0.1", 1, "learned-0.1", "learned-0.2"));
    files.add(DriftColumns.LINE, mapped(1, "two-level-0.1", 2, "learned-0.2"));
    files.add(DriftColumns.LINE, mapped(2, "two-level-0.1", 3));
    assertThat(page())
        .contains("Field site has no learned map (learned-0.1) of 1 Jan: the teacher knew none")
        .contains("Field site has no learned map (learned-0.2) of 1 Jan, 2 Jan: the teacher")
        .contains("two-level-0.1 v1<", "two-level-0.1 v3<");
  }

  /** Law: where the compared map itself could not be built, none is shown. */
  @Test
  void windowWithoutTheComparedMap() throws IOException {
    files.add(DriftColumns.LINE, mapped(0, "learned-0.1", 0, "learned-0.1", "learned-2-sum-0.1"));
    files.add(DriftColumns.LINE, mapped(1, "learned-0.1", 1));
    assertThat(page())
        .contains("Field site has no learned map (learned-0.1, learned-2-sum-0.1) of 1 Jan: the")
        .contains("learned-0.1 v1<")
        .doesNotContain("learned-0.1 v0<");
  }

  /** Law: a window at whose end no map was built shows the one in use, and nothing is missing. */
  @Test
  void windowThatKeepsItsMap() throws IOException {
    files.add(DriftColumns.LINE, mapped(0, "learned-0.1", 1));
    assertThat(page()).doesNotContain("no map was built");
    files.add(DriftColumns.LINE, mapped(1, "learned-0.1", 1));
    files.add(DriftColumns.LINE, mapped(2, "learned-0.1", 2));
    assertThat(page())
        .contains(cell("learned-0.1 v1"), cell("learned-0.1 v1, kept"), cell("learned-0.1 v2"))
        .contains("A window at whose end no map was built has no agreement.")
        .doesNotContain("has no learned map");
  }

  private static DriftLine mapped(int window, String spec, int version, String... without) {
    double none = Double.NaN;
    return new DriftLine(
        "site",
        7,
        START + window * DAY,
        START + window * DAY + DAY,
        4444,
        none,
        none,
        none,
        none,
        DriftLine.Movement.NONE,
        DriftLine.Movement.NONE,
        spec,
        version,
        version * 501,
        version * 4321,
        false,
        List.of(without),
        DriftLine.Agreement.NONE,
        DriftLine.Agreement.NONE,
        null);
  }

  /** Law: what became of the events, why some were rejected, and where the time went. */
  @Test
  void counts() throws IOException {
    files.add(
        CountColumns.LINE,
        new CountColumns.Totals(
            new EventTotals(990, 20, 5, Map.of("missing_label", 11L)),
            Map.of("student-full", 90_000_000_000L, "teacher", 30_000_000_000L),
            true));
    files.add(
        RejectColumns.LINE,
        RejectColumns.Rejected.of(17, new Reject(Reject.Reason.MISSING_LABEL, "label was 'x'")));
    Map<String, String> shown = new LinkedHashMap<>();
    shown.put("complete", "<th scope=\"row\">all</th>");
    shown.put("read", "1,006 = ");
    shown.put("trained", "= 990 +");
    shown.put("late_trained", cell("20"));
    shown.put("dropped_late", "5 dropped as late: every event is accounted for.");
    shown.put("rejected", "11 rejected and");
    shown.put("rejects", "<th scope=\"row\">missing label</th><td>11</td>");
    shown.put("seconds", "<th scope=\"row\">student-full</th><td>90 s</td><td>75 %</td>");
    assertShown(RunFiles.COUNTS, shown);
    assertShown(
        RunFiles.REJECTS,
        Map.of(
            "row", "<th scope=\"row\">row 17</th>",
            "partition", "",
            "offset", "",
            "reason", cell("missing label"),
            "message", "<td>label was &#39;x&#39;</td>"));
  }

  /** Law: a rejected record of a topic goes by its partition and offset. */
  @Test
  void rejectOfATopic() throws IOException {
    files.add(
        CountColumns.LINE,
        new CountColumns.Totals(
            new EventTotals(9, 0, 0, Map.of("wrong_type", 1L)), Map.of(), true));
    RejectedRecord reject = new RejectedRecord(null, null, "t", 3, 41, "wrong_type", "I3 was 'x'");
    Files.writeString(
        dir.resolve(RunFiles.REJECTS),
        RejectColumns.LINE.json(RejectColumns.Rejected.of(reject)) + "\n");
    assertShown(
        RunFiles.REJECTS,
        Map.of(
            "row", "",
            "partition", "<th scope=\"row\">partition 3, offset 41</th>",
            "offset", "",
            "reason", cell("wrong type"),
            "message", "<td>I3 was &#39;x&#39;</td>"));
  }

  /** Law: totals of a job that still runs say so. */
  @Test
  void countsSoFar() throws IOException {
    String line =
        CountColumns.LINE.json(
            new CountColumns.Totals(new EventTotals(3, 0, 0, Map.of()), Map.of(), false));
    Files.writeString(dir.resolve(RunFiles.COUNTS), line + "\n");
    assertThat(page())
        .contains("Of 3 events read so far", "<th scope=\"row\">so far</th>")
        .doesNotContain("Time spent");
  }

  /** Law: hot ids of compressed fields go by their raw values. */
  @Test
  void values() throws IOException {
    drift();
    HotValues values = new HotValues(job.spec().schema(), 100);
    for (int i = 0; i < 8; i++) {
      byte[] value = ("v" + i).getBytes(StandardCharsets.UTF_8);
      for (int n = 0; n < 10 - i; n++) {
        values.value(0, 1000 + i, value, 0, value.length);
      }
    }
    files.values(RunFiles.valuesJson(job.spec().schema(), values));
    files.add(
        CountColumns.LINE,
        new CountColumns.Totals(new EventTotals(100, 0, 0, Map.of()), Map.of(), true));
    assertShown(
        RunFiles.VALUES,
        Map.of(
            "field", ">site=",
            "id", "title=\"id 1000\"",
            "value", ">site=v0</th>",
            "count", "</th><td>10</td><td>10 %</td>"));
    assertThat(page()).contains("site=v4<").doesNotContain("site=v5<");
  }

  /** Law: of each arm the newest model, with its time range, its checksum and its maps. */
  @Test
  void models() throws IOException {
    Path arm = dir.resolve(RunFiles.MODELS).resolve("learned-10");
    ModelFolder.publish(arm, model(), origin(2), 3);
    Path folder = ModelFolder.publish(arm, model(), origin(3), 3);
    JsonNode manifest = new ObjectMapper().readTree(folder.resolve(Manifest.FILE_NAME).toFile());
    assertThat(manifest.get("manifest_xxh64").asText()).hasSize(16);
    String page = page();
    assertThat(page)
        .contains("<th scope=\"row\">learned-10</th><td>v3</td><td>2</td><td>1,234</td>")
        .contains(cell("2024-01-01 00:00"), cell("2024-01-01 23:59"))
        .contains(cell(Format.bytes((double) Files.size(folder.resolve(ModelFolder.TENSORS)))))
        .contains(cell(manifest.get("manifest_xxh64").asText()))
        .contains("<th scope=\"row\">site</th><td>v4 · 00000000000000ff</td>");
  }

  private static MetricLine line(String arm, double auc, long rows) {
    return new MetricLine(
        arm,
        7,
        START,
        START + DAY,
        new Metrics(4321, 1234, auc, .4234, .8345, 1.0567),
        List.of(bucket(1), bucket(2), bucket(3), bucket(4)),
        rows,
        11_100,
        222,
        33_300,
        444_000,
        55,
        66_666,
        88,
        77,
        Map.of(
            "site",
            new TableFigures(
                1236,
                new Spectrum(13, 16, 7.123),
                OptionalInt.of(4),
                Optional.of(new TableFigures.Pruning(10_000, 1234)))));
  }

  private static Metrics bucket(int i) {
    return new Metrics(100 + i, 50, .6 + i / 10_000., .5, .9, 1);
  }

  private static Origin origin(long version) {
    return new Origin(
        "learned-10",
        7,
        version,
        START,
        START + DAY - 1,
        1234,
        new Origin.ClosedWindow(START, START + DAY, bucket(1)),
        List.of(new Origin.MapId("site", 4, 255)),
        null);
  }

  /** One dense column, one field of one id, vectors of one number. */
  private PublishedModel model() {
    int inputs = Dlrm.topInputs(1, 1);
    return new PublishedModel(
        job.spec().schema(),
        1,
        new MlpSpec(List.of(1, 1), true),
        new float[][] {{1}, {0}},
        new MlpSpec(List.of(inputs, 1), false),
        new float[][] {new float[inputs], {0}},
        List.of(new FieldRows.Indexed(new long[] {3}, new StoredRows.Dense(new float[] {1}, 1))));
  }

  /** The last line of a file has exactly these keys, and the page shows all of them. */
  private void assertShown(String file, Map<String, String> shown) throws IOException {
    assertThat(lastLine(file).properties())
        .extracting(Map.Entry::getKey)
        .containsExactlyInAnyOrderElementsOf(shown.keySet());
    String page = page();
    shown.forEach((key, text) -> assertThat(page).as(key).contains(text));
  }

  private JsonNode lastLine(String file) throws IOException {
    List<String> lines = Files.readAllLines(dir.resolve(file));
    return new ObjectMapper().readTree(lines.get(lines.size() - 1));
  }

  private String page() throws IOException {
    return Files.readString(Report.write(dir));
  }

  private static String cell(String text) {
    return "<td>" + Html.escape(text) + "</td>";
  }
}
