package io.millrace.runs.report;

import static io.millrace.runs.report.ReportedRun.cell;
import static io.millrace.runs.report.ReportedRun.line;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.event.EventTotals;
import io.millrace.event.Reject;
import io.millrace.event.RejectedRecord;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.CountColumns;
import io.millrace.runs.line.RejectColumns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law: every fact of the run is on the page, and what became of its events. */
class RunSectionTest {

  private ReportedRun run;

  @BeforeEach
  void start(@TempDir Path dir) throws IOException {
    run = ReportedRun.described(dir);
  }

  /** Law: every fact of the run is on the page; the settings as they were resolved. */
  @Test
  void facts() throws IOException {
    String page = run.page();
    JsonNode facts = new ObjectMapper().readTree(run.dir.resolve(RunFiles.RUN).toFile());
    facts
        .properties()
        .forEach(
            fact -> {
              if (fact.getValue().isValueNode()) {
                assertThat(page).contains(cell(fact.getValue().asText()));
              }
            });
    facts
        .get("machine")
        .properties()
        .forEach(fact -> assertThat(page).contains(cell(fact.getValue().asText())));
    assertThat(page)
        .contains("<h1>written</h1>", cell("[7]"))
        .contains(Html.escape(facts.get("config").toPrettyString()));
  }

  /** Law: what became of the events, why some were rejected, and where the time went. */
  @Test
  void counts() throws IOException {
    run.files.add(
        CountColumns.LINE,
        new CountColumns.Totals(
            new EventTotals(990, 20, 5, Map.of("missing_label", 11L), 60),
            Map.of("student-full", 90_000_000_000L, "teacher", 30_000_000_000L),
            true));
    run.files.add(
        RejectColumns.LINE,
        RejectColumns.Rejected.of(
            "b.csv", 17, new Reject(Reject.Reason.MISSING_LABEL, "label was 'x'")));
    Map<String, String> shown = new LinkedHashMap<>();
    shown.put("complete", "<th scope=\"row\">all</th>");
    shown.put("read", "1,006 = ");
    shown.put("trained", "= 990 +");
    shown.put("late_trained", cell("20"));
    shown.put("dropped_late", "5 dropped as late: every event is accounted for.");
    shown.put("lost", "60 more are lost: Kafka had deleted them before they were read.");
    shown.put("rejected", "11 rejected and");
    shown.put("rejects", "<th scope=\"row\">missing label</th><td>11</td>");
    shown.put("seconds", "<th scope=\"row\">student-full</th><td>90 s</td><td>75 %</td>");
    run.assertShown(RunFiles.COUNTS, shown);
    run.assertShown(
        RunFiles.REJECTS,
        Map.of(
            "row", "<th scope=\"row\">row 17 of b.csv</th>",
            "file", "row 17 of b.csv</th>",
            "reason", cell("missing label"),
            "message", "<td>label was &#39;x&#39;</td>"),
        "partition",
        "offset");
  }

  /** Law: a rejected record of a topic goes by its partition and offset. */
  @Test
  void rejectOfATopic() throws IOException {
    run.files.add(
        CountColumns.LINE,
        new CountColumns.Totals(
            new EventTotals(9, 0, 0, Map.of("wrong_type", 1L)), Map.of(), true));
    RejectedRecord reject = new RejectedRecord(null, null, "t", 3, 41, "wrong_type", "I3 was 'x'");
    Files.writeString(
        run.dir.resolve(RunFiles.REJECTS),
        RejectColumns.LINE.json(RejectColumns.Rejected.of(reject)) + "\n");
    run.assertShown(
        RunFiles.REJECTS,
        Map.of(
            "partition", "<th scope=\"row\">partition 3, offset 41</th>",
            "offset", "offset 41</th>",
            "reason", cell("wrong type"),
            "message", "<td>I3 was &#39;x&#39;</td>"),
        "row",
        "file");
  }

  /** Law: totals of a job that still runs say so. */
  @Test
  void countsSoFar() throws IOException {
    String line =
        CountColumns.LINE.json(
            new CountColumns.Totals(new EventTotals(3, 0, 0, Map.of()), Map.of(), false));
    Files.writeString(run.dir.resolve(RunFiles.COUNTS), line + "\n");
    assertThat(run.page())
        .contains("Of 3 events read so far", "<th scope=\"row\">so far</th>")
        .doesNotContain("Time spent");
  }

  /** Law: the identity of counts is checked on the last totals, and a loss is plain to see. */
  @Test
  void countsAreChecked() throws IOException {
    String early = "{\"read\":9,\"trained\":1,\"rejected\":0,\"dropped_late\":0}";
    run.write(
        "counts.jsonl",
        early,
        "{\"complete\":true,\"read\":1000,\"trained\":990,\"rejected\":7,\"dropped_late\":3,\"late_trained\":2,"
            + "\"rejects\":{\"label\":7},\"seconds\":{\"teacher\":30,\"student\":90}}");
    assertThat(run.page())
        .contains("✓ adds up", "1,000 = 990 + 7 + 3", "every event is accounted for")
        .contains("<th scope=\"row\">label</th><td>7</td>")
        .contains("<th scope=\"row\">student</th><td>90 s</td><td>75 %</td>");
    run.write("counts.jsonl", "{\"read\":1000,\"trained\":980,\"rejected\":7,\"dropped_late\":3}");
    assertThat(run.page())
        .contains("✗ does not add up", "1,000 ≠ 980 + 7 + 3", "10 are unaccounted for");
  }
}
