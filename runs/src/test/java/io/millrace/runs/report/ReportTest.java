package io.millrace.runs.report;

import static io.millrace.runs.report.ReportedRun.START;
import static io.millrace.runs.report.ReportedRun.metric;
import static io.millrace.runs.report.ReportedRun.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.runs.look.Look;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law: whatever a run directory holds gives a page, of nothing but its figures. */
class ReportTest {

  private ReportedRun run;

  @BeforeEach
  void start(@TempDir Path dir) throws IOException {
    run = new ReportedRun(dir);
  }

  /** Law: nothing from a file reaches the page as markup. */
  @Test
  void dataIsEscaped() throws IOException {
    String evil = "</script><script>alert('x')</script><img src=x onerror=y>\\\"&";
    run.write("metrics.jsonl", metric(evil, 0, 0, .7, 10));
    run.write(
        "drift.jsonl",
        "{\"field\":\""
            + evil
            + "\",\"window_start\":"
            + START
            + ",\"psi\":0.2,\"map_spec\":\""
            + evil
            + "\"}");
    run.write(
        "counts.jsonl",
        "{\"read\":1,\"trained\":1,\"rejected\":0,\"dropped_late\":0,\"rejects\":{\""
            + evil
            + "\":1},\"seconds\":{\""
            + evil
            + "\":1}}");
    run.write(
        "run.json", "{\"" + evil + "\":\"" + evil + "\",\"config\":{\"k\":\"" + evil + "\"}}");
    run.write(
        "values.jsonl", "{\"field\":\"" + evil + "\",\"value\":\"" + evil + "\",\"count\":1}");
    run.write("rejects.jsonl", "{\"row\":1,\"reason\":\"r\",\"message\":\"" + evil + "\"}");
    Files.createDirectories(run.dir.resolve("models/<b>/v000001"));
    run.write(
        "models/<b>/v000001/manifest.json",
        "{\"manifest_xxh64\":\"<i>\",\"maps\":[{\"field\":\"<u>\",\"checksum\":\"<s>\"}]}");
    String page = run.page();
    assertThat(page).doesNotContain("<script>alert", "<img", "<b>/", "<i>", "<u>", "<s>");
    assertThat(run.whole().split("<script>", -1)).hasSize(3); // the library, and the page's own
    assertThat(page).contains("&lt;img src=x onerror=y&gt;&quot;&amp;");
  }

  /** Law: an empty run gives a page that names all that is missing. */
  @Test
  void missingFilesAreNamed() throws IOException {
    assertThat(run.page())
        .contains("No verdict yet: no window with clicks")
        .contains("run.json is missing: the facts of the run cannot be shown.")
        .contains("metrics.jsonl is missing", "drift.jsonl is missing", "counts.jsonl is missing")
        .contains("models/ holds no published model.");
  }

  /** Law: a broken line is named by its number and costs only itself. */
  @Test
  void brokenLinesAreNamed() throws IOException {
    run.write("metrics.jsonl", metric("full", 0, 0, .75, 10), "{\"arm\":", "[1]", "");
    run.write("counts.jsonl");
    run.write("run.json", "not json");
    String page = run.page();
    assertThat(row(page, "full")).contains("<td>0.7500</td>");
    assertThat(page)
        .contains("metrics.jsonl:2 is not a JSON object; left out.", "metrics.jsonl:3 is not")
        .contains("counts.jsonl holds no lines")
        .contains("run.json is not a JSON object");
  }

  /** Law: nulls and absent figures show as dashes, never as numbers. */
  @Test
  void unknownFiguresAreDashes() throws IOException {
    run.write(
        "metrics.jsonl",
        "{\"arm\":\"full\",\"seed\":0,\"window_start\":" + START + ",\"auc\":null,\"ne\":null}");
    run.write(
        "drift.jsonl",
        "{\"field\":\"f0\",\"window_start\":" + START + ",\"psi\":null,\"map_spec\":\"learned\"}");
    String page = run.page();
    assertThat(page).contains("No figures.").doesNotContain("NaN");
    assertThat(row(page, "full")).contains("<td>–</td>");
  }

  /** Law: the page asks for nothing outside itself, and the same files give the same bytes. */
  @Test
  void selfContainedAndRepeatable() throws IOException {
    run.fourArms();
    String page = run.whole();
    String library = new String(Look.library(), StandardCharsets.UTF_8);
    assertThat(page).contains("<script>" + library + "</script>", "default-src 'none'");
    assertThat(
            page.replace(library, "")
                .toLowerCase(Locale.ROOT)
                .replace("http://www.w3.org/2000/svg", ""))
        .doesNotContain("http:", "https:", " src=", " href=", "url(", "@import");
    assertThat(run.whole()).isEqualTo(page);
    assertThat(run.dir.resolve("report.html.tmp")).doesNotExist();
  }

  @Test
  void refusesWhatIsNoDirectory() {
    assertThatThrownBy(() -> Report.write(run.dir.resolve("nowhere")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("nowhere");
  }
}
