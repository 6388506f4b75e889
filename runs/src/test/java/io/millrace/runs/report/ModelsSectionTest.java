package io.millrace.runs.report;

import static io.millrace.runs.report.ReportedRun.DAY;
import static io.millrace.runs.report.ReportedRun.START;
import static io.millrace.runs.report.ReportedRun.bucket;
import static io.millrace.runs.report.ReportedRun.cell;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.dense.MlpSpec;
import io.millrace.dlrm.Dlrm;
import io.millrace.event.EventTotals;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.CountColumns;
import io.millrace.runs.line.DriftColumns;
import io.millrace.runs.verdict.Format;
import io.millrace.snapshot.FieldRows;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.PublishedModel;
import io.millrace.snapshot.PublishedNetwork;
import io.millrace.table.StoredRows;
import io.millrace.values.HotValues;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law: the page names models by their files, and hot ids by their values. */
class ModelsSectionTest {

  private ReportedRun run;

  @BeforeEach
  void start(@TempDir Path dir) throws IOException {
    run = ReportedRun.described(dir);
  }

  /** Law: of each arm the newest version at a glance, and behind it all that are kept. */
  @Test
  void models() throws IOException {
    Path arm = run.dir.resolve(RunFiles.MODELS).resolve("learned-10");
    ModelFolder.publish(arm, model(), origin(2), 3);
    Path folder = ModelFolder.publish(arm, model(), origin(3), 3);
    JsonNode manifest = new ObjectMapper().readTree(folder.resolve(Manifest.FILE_NAME).toFile());
    assertThat(manifest.get("manifest_xxh64").asText()).hasSize(16);
    String page = run.page();
    assertThat(page)
        .contains("<summary><b>learned-10</b><span>v3</span><span>2024-01-01 23:59</span>")
        .contains("<span>NE 0.9000</span><span>AUC 0.6001</span><span>2 kept</span></summary>")
        .contains("<th scope=\"row\">v3</th><td>1,234</td>", "<th scope=\"row\">v2</th>")
        .contains(cell("2024-01-01 00:00"), cell("2024-01-01 23:59"))
        .contains(cell(Format.bytes((double) Files.size(folder.resolve(ModelFolder.TENSORS)))))
        .contains(cell(manifest.get("manifest_xxh64").asText()))
        .contains("<th scope=\"row\">site</th><td>v4 · 00000000000000ff</td>");
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
        run.job.spec().schema(),
        Optional.of(
            new PublishedNetwork(
                1,
                new MlpSpec(List.of(1, 1), true),
                new float[][] {{1}, {0}},
                new MlpSpec(List.of(inputs, 1), false),
                new float[][] {new float[inputs], {0}},
                List.of(
                    new FieldRows.Indexed(
                        new long[] {3}, new StoredRows.Dense(new float[] {1}, 1))))),
        Optional.empty());
  }

  /** Law: hot ids of compressed fields go by their raw values. */
  @Test
  void values() throws IOException {
    run.files.add(DriftColumns.LINE, ReportedRun.drift(0, "learned-0.1", 1));
    HotValues values = new HotValues(run.job.spec().schema(), 100);
    for (int i = 0; i < 8; i++) {
      byte[] value = ("v" + i).getBytes(StandardCharsets.UTF_8);
      for (int n = 0; n < 10 - i; n++) {
        values.value(0, 1000 + i, value, 0, value.length);
      }
    }
    run.files.values(RunFiles.valuesJson(run.job.spec().schema(), values));
    run.files.add(
        CountColumns.LINE,
        new CountColumns.Totals(new EventTotals(100, 0, 0, Map.of()), Map.of(), true));
    run.assertShown(
        RunFiles.VALUES,
        Map.of(
            "field", ">site=",
            "id", "title=\"id 1000\"",
            "value", ">site=v0</th>",
            "count", "</th><td>10</td><td>10 %</td>"),
        "error");
    assertThat(run.page()).contains("site=v4<").doesNotContain("site=v5<");
  }

  /** Law: a count that may be too small is a lower bound, and one that says little is left out. */
  @Test
  void boundsOfValues() throws IOException {
    run.files.add(DriftColumns.LINE, ReportedRun.drift(0, "learned-0.1", 1));
    run.write(
        RunFiles.VALUES,
        "{\"field\":\"site\",\"id\":1,\"value\":\"a\",\"count\":60,\"error\":6}",
        "{\"field\":\"site\",\"id\":2,\"value\":\"b\",\"count\":50,\"error\":6}");
    run.files.add(
        CountColumns.LINE,
        new CountColumns.Totals(new EventTotals(100, 0, 0, Map.of()), Map.of(), true));
    assertThat(run.page())
        .contains(">site=a</th><td>at least 60</td><td>at least 60 %</td>")
        .doesNotContain("site=b");
  }
}
