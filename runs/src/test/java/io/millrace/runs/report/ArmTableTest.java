package io.millrace.runs.report;

import static io.millrace.runs.report.ReportedRun.metric;
import static io.millrace.runs.report.ReportedRun.row;
import static io.millrace.runs.report.ReportedRun.rows;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law: arms are compared on equal seeds and events, on the page and in the terminal. */
class ArmTableTest {

  private ReportedRun run;

  @BeforeEach
  void start(@TempDir Path dir) throws IOException {
    run = new ReportedRun(dir);
  }

  /** Law: late figures and paired differences are what one computes from the lines by hand. */
  @Test
  void figuresAreThoseOfTheFiles() throws IOException {
    run.fourArms();
    String page = run.page();
    assertThat(page)
        .contains(
            "<p class=\"lead\">Serve learned: AUC 0.7300, +0.0200 ± 0.0141 against the plain hash"
                + " modulo of like rows, in 2.40 MB of rows, map and linear part (2 seeds are too few to tell from noise).</p>")
        .contains("4 arms learned from the same events in 4 windows")
        .contains("2024-01-01 00:00 to 2024-01-05 00:00 UTC, 2 seeds");
    assertThat(row(page, "learned"))
        .contains("<td>0.8000</td>", "<td>0.7300</td>", "<td>+0.0200 ± 0.0141</td>")
        .contains("<td>2.40 MB</td>", "<td>modulo, like rows</td>");
    assertThat(rows(page, "learned").get(1)).contains("<td>15,000</td>", "<td>40 %</td>");
    assertThat(row(page, "full")).contains("<td>0.7600</td>").doesNotContain("±");
    assertThat(rows(page, "3 Jan").get(1)).contains("<td>0.7600</td>", "<td>0.7100</td>");
  }

  /** Law: a window counts as much as it has events. */
  @Test
  void windowsAreWeightedByTheirEvents() throws IOException {
    run.write(
        "metrics.jsonl",
        metric("full", 0, 0, .1, 10),
        metric("full", 0, 1, .1, 10),
        metric("full", 0, 2, .9, 10)
            .replace("\"events\":10,\"auc\":0.9", "\"events\":30,\"auc\":0.9"),
        metric("full", 0, 3, .5, 10));
    assertThat(row(run.page(), "full")).contains("<td>0.8000</td>");
    assertThat(ArmTable.of(run.dir)).contains("0.8000");
  }

  /** Law: events that an arm left out are not passed off as learned. */
  @Test
  void eventsThatWereNotLearned() throws IOException {
    run.write(
        "metrics.jsonl",
        metric("full", 0, 0, .7, 10).replaceFirst("\\{", "{\"skipped\":0,"),
        metric("hot", 0, 0, .7, 10).replaceFirst("\\{", "{\"skipped\":1280,"));
    String left = "hot has not learned from 1,280 events: the loss of their batches";
    assertThat(ArmTable.of(run.dir)).containsOnlyOnce("has not learned").contains(left);
    assertThat(run.page()).contains("Arm " + left);
  }

  /** Law: of lines for the same arm, seed and window the last counts. */
  @Test
  void lastLineCounts() throws IOException {
    run.write("metrics.jsonl", metric("full", 0, 0, .1, 10), metric("full", 0, 0, .9, 10));
    assertThat(row(run.page(), "full")).contains("<td>0.9000</td>");
  }

  /** Law: lines come in any order, arms stand as in the job file. */
  @Test
  void armsStandAsInTheJobFile() throws IOException {
    run.fourArms();
    String table = ArmTable.of(run.dir);
    List<String> lines = new ArrayList<>(Files.readAllLines(run.dir.resolve("metrics.jsonl")));
    Collections.reverse(lines);
    Files.write(run.dir.resolve("metrics.jsonl"), lines);
    assertThat(ArmTable.of(run.dir)).isEqualTo(table);
  }

  /** Law: the terminal shows the figures of the page, in columns. */
  @Test
  void terminalTableIsAligned() throws IOException {
    run.fourArms();
    assertThat(ArmTable.of(run.dir))
        .isEqualTo(
            """
            arm         rows      map    total     AUC      NE             d AUC             d NE  against modulo
            full     9.90 MB      0 B  9.90 MB  0.7600  0.8000
            modulo    900 kB      0 B   900 kB  0.7100  0.8000
            hot       600 kB   260 kB   860 kB  0.7100  0.8000   0.0000 +-0.0000  0.0000 +-0.0000  modulo, like bytes
            learned   900 kB  1.50 MB  2.40 MB  0.7300  0.8000  +0.0200 +-0.0141  0.0000 +-0.0000  modulo, like rows
            AUC and NE: predictions made before learning, mean over the last 2 of 4 windows by their events, 2 seeds;
            d: same seeds and events, +- spread over seeds. Bytes: rows and map as served
            """);
  }

  /**
   * Law: pruned arms report what share is 0, and are compared with plain modulo arms of their
   * bytes.
   */
  @Test
  void prunedArmsReportTheirShare() throws IOException {
    String tables =
        ",\"tables\":{\"a\":{\"bytes\":1,\"weights\":300,\"weights_left\":30},"
            + "\"b\":{\"bytes\":1,\"weights\":100,\"weights_left\":100}}}";
    run.write(
        "metrics.jsonl",
        metric("modulo", 0, 0, .6, 1000),
        metric("large", 0, 0, .7, 9000),
        metric("pep", 0, 0, .65, 1000).replaceFirst("}$", tables));
    run.write(
        "run.json",
        "{\"config\":{\"arms\":[{\"name\":\"modulo\",\"hash\":\"modulo\",\"table\":\"plain\"},"
            + "{\"name\":\"large\",\"hash\":\"modulo\",\"table\":\"mlet\"},"
            + "{\"name\":\"pep\",\"hash\":\"modulo\",\"table\":\"pep\"}]}}");
    assertThat(ArmTable.of(run.dir))
        .isEqualTo(
            """
            arm        rows  map    total  pruned     AUC      NE    d AUC    d NE  against modulo
            modulo  60.0 kB  0 B  60.0 kB       -  0.6000  0.8000
            large    540 kB  0 B   540 kB       -  0.7000  0.8000
            pep     60.0 kB  0 B  60.0 kB    68 %  0.6500  0.8000  +0.0500  0.0000  modulo, like bytes
            AUC and NE: predictions made before learning, mean over the last 1 of 1 windows by their events, 1 seed;
            d: same seeds and events, +- spread over seeds. Bytes: rows and map as served;
            pruned: share of all weights that are 0; served as a bit each, or not at all in ids without others
            """);
    assertThat(row(run.page(), "pep")).contains("<td>modulo, like bytes</td>");
  }

  /** Law: arms of one budget in bytes are compared, however far their maps have filled it. */
  @Test
  void armsOfOneBudgetAreCompared() throws IOException {
    run.write(
        "metrics.jsonl",
        metric("modulo", 0, 0, .7, 15_000),
        metric("modulo-2", 0, 0, .6, 12_500),
        metric("two-level", 0, 0, .72, 12_000));
    run.write(
        "run.json",
        "{\"config\":{\"arms\":[{\"name\":\"modulo\",\"hash\":\"modulo\",\"table\":\"plain\",\"bytes\":\"10%\"},"
            + "{\"name\":\"modulo-2\",\"hash\":\"modulo\",\"table\":\"plain\",\"bytes\":\"2%\"},"
            + "{\"name\":\"two-level\",\"hash\":\"two-level\",\"table\":\"plain\",\"bytes\":\"10%\"}]}}");
    assertThat(ArmTable.of(run.dir)).containsPattern("two-level .* modulo, like bytes");
  }
}
