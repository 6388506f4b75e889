package io.millrace.runs.report;

import static io.millrace.runs.report.ReportedRun.DAY;
import static io.millrace.runs.report.ReportedRun.START;
import static io.millrace.runs.report.ReportedRun.cell;
import static io.millrace.runs.report.ReportedRun.line;
import static io.millrace.runs.report.ReportedRun.mapped;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.runs.RunFiles;
import io.millrace.runs.line.MetricColumns;
import io.millrace.runs.line.WatchColumns;
import io.millrace.watch.RefreshLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law: the page shows what detectors saw and what followed: alerts, switches, refreshed maps. */
class ChangesSectionTest {

  private ReportedRun run;

  @BeforeEach
  void start(@TempDir Path dir) throws IOException {
    run = ReportedRun.described(dir);
  }

  /** Law: the page says when changes made new maps due, and which, the newest first. */
  @Test
  void refreshes() throws IOException {
    run.files.add(MetricColumns.LINE, mapped(1, 1));
    assertThat(run.page()).doesNotContain("built anew", "something had changed");
    for (int minute = 0; minute < 12; minute++) {
      run.files.add(
          WatchColumns.REFRESH,
          new RefreshLine(START + DAY + minute * 60_000L, 7, List.of("label_rate", "psi/site")));
    }
    Map<String, String> shown = new LinkedHashMap<>();
    shown.put("time", "</p><ul><li>Maps were rebuilt at 2024-01-02 00:11: ");
    shown.put("causes", "00:11: label_rate, psi/site</li><li>Maps were rebuilt at");
    run.assertShown(RunFiles.REFRESHES, shown, "seed");
    assertThat(run.page())
        .contains("Maps were rebuilt 12 times within a window, after changes.")
        .contains("the newest 10 of 12")
        .doesNotContain("rebuilt at 2024-01-02 00:01");
  }

  /** Law: alerts and switches are on the page as they are in their files, and summed up on top. */
  @Test
  void changes() throws IOException {
    run.files.add(MetricColumns.LINE, line("full", .7600, 2000));
    Files.writeString(
        run.dir.resolve(RunFiles.ALERTS),
        """
        {"time":%d,"stream":"new_traffic","field":"site","arm":null,"detector":"page_hinkley",\
        "seed":7,"value":0.31,"before":0.04,"message":"new ids of site rose from 0.04 to 0.31 at 2024-01-01T00:00:00Z (page_hinkley)"}
        """
            .formatted(START));
    Files.writeString(
        run.dir.resolve("switches.jsonl"),
        """
        {"arm":"learned-10","seed":7,"time":%1$d,"map_version":5,"before_version":4,\
        "events":2345,"logloss":0.4321,"shadow_logloss":0.4444,"regret":-0.0123}
        {"arm":"learned-10","seed":7,"time":%1$d,"map_version":6,"before_version":5,\
        "events":2345,"logloss":0.4444,"shadow_logloss":0.4421,"regret":0.0023}
        """
            .formatted(START));
    assertThat(run.page())
        .contains(
            "At 2024-01-01 00:00, views of new ids rose to 31 % in field site.",
            cell("views of new ids rose to 31 % in field site"))
        .contains("new map from the start in 1 of 2 switches: the mean regret is −0.0050 log loss,")
        .contains(cell("New ids of site rose from 0.04 to 0.31"), cell("page hinkley"))
        .contains("<td>v5</td><td>v4</td><td>2,345</td><td>0.4321</td><td>0.4444</td>")
        .contains(cell("−0.0123"), cell("+0.0023"));
  }

  /** Law: new maps that were dropped on trial are counted, and named in their row. */
  @Test
  void droppedMaps() throws IOException {
    run.files.add(MetricColumns.LINE, line("full", .7600, 2000));
    String switched =
        """
        {"arm":"learned-10","seed":7,"time":%d,"map_version":%d,"before_version":4,"accepted":%s,\
        "events":2345,"logloss":0.4321,"shadow_logloss":0.4444,"regret":-0.0123}
        """;
    Files.writeString(
        run.dir.resolve("switches.jsonl"),
        switched.formatted(START, 5, "false") + switched.formatted(START + DAY, 6, "true"));
    assertThat(run.page())
        .contains("On trial 1 of 2 new maps were dropped: their arms kept the maps before.")
        .containsSubsequence("<td>v5</td>", cell("dropped"), "<td>v6</td>", cell("taken"));
  }
}
