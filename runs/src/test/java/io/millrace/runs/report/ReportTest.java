package io.millrace.runs.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {

  private static final long DAY = 86_400_000;
  private static final long START = 1_704_067_200_000L;

  @TempDir private Path dir;

  /** Law: late figures and paired differences are what one computes from the lines by hand. */
  @Test
  void figuresAreThoseOfTheFiles() throws IOException {
    fourArms();
    String page = page();
    assertThat(page)
        .contains("<p class=\"lead\">With 10 % of the rows, the learned map (learned) closes 40 %")
        .contains(
            "of the gap between modulo and full: +0.0200 ± 0.0141 AUC against modulo of like rows,"
                + " mean of")
        .contains("takes 2.50 MB, map included, against 10.0 MB for full and 1.00 MB for modulo.")
        .contains("4 arms learned from the same events in 4 windows")
        .contains("2024-01-01 00:00 to 2024-01-05 00:00 UTC, 2 seeds");
    assertThat(row(page, "learned"))
        .contains("<td>15,000</td>", "<td>10 %</td>", "<td>0.7300</td>", "<td>40 %</td>");
    assertThat(row(page, "learned")).contains("<td>2.40 MB</td>", "<td>modulo, like rows</td>");
    assertThat(row(page, "full")).contains("<td>0.7600</td>").doesNotContain("±");
    assertThat(row(page, "3 Jan")).contains("<td>0.7600</td>", "<td>0.7100</td>");
  }

  /** Law: of lines for the same arm, seed and window the last counts. */
  @Test
  void lastLineCounts() throws IOException {
    write("metrics.jsonl", metric("full", 0, 0, .1, 10), metric("full", 0, 0, .9, 10));
    assertThat(row(page(), "full")).contains("<td>0.9000</td>");
  }

  /** Law: lines come in any order, arms stand as in the job file. */
  @Test
  void armsStandAsInTheJobFile() throws IOException {
    fourArms();
    String table = ArmTable.of(dir);
    List<String> lines = new ArrayList<>(Files.readAllLines(dir.resolve("metrics.jsonl")));
    Collections.reverse(lines);
    Files.write(dir.resolve("metrics.jsonl"), lines);
    assertThat(ArmTable.of(dir)).isEqualTo(table);
  }

  /** Law: the terminal shows the figures of the page, in columns. */
  @Test
  void terminalTableIsAligned() throws IOException {
    fourArms();
    assertThat(ArmTable.of(dir))
        .isEqualTo(
            """
            arm         rows      map    total     AUC      NE             d AUC              d NE  against modulo
            full     9.90 MB      0 B  9.90 MB  0.7600  0.8000
            modulo    900 kB      0 B   900 kB  0.7100  0.8000
            hot       600 kB   260 kB   860 kB  0.7100  0.8000  +0.0000 +-0.0000  +0.0000 +-0.0000  modulo, like bytes
            learned   900 kB  1.50 MB  2.40 MB  0.7300  0.8000  +0.0200 +-0.0141  +0.0000 +-0.0000  modulo, like rows
            AUC and NE: predictions made before learning, mean over the last 2 of 4 windows, 2 seeds;
            d: same seeds and events, +- spread over seeds. Bytes: rows and map as served
            """);
  }

  /** Law: pruned arms tell what share is 0, and compare with plain modulo arms of their bytes. */
  @Test
  void prunedArmsTellTheirShare() throws IOException {
    String tables =
        ",\"tables\":{\"a\":{\"bytes\":1,\"weights\":300,\"weights_left\":30},"
            + "\"b\":{\"bytes\":1,\"weights\":100,\"weights_left\":100}}}";
    write(
        "metrics.jsonl",
        metric("modulo", 0, 0, .6, 1000),
        metric("large", 0, 0, .7, 9000),
        metric("pep", 0, 0, .65, 1000).replaceFirst("}$", tables));
    write(
        "run.json",
        "{\"config\":{\"arms\":[{\"name\":\"modulo\",\"hash\":\"modulo\",\"table\":\"plain\"},"
            + "{\"name\":\"large\",\"hash\":\"modulo\",\"table\":\"mlet\"},"
            + "{\"name\":\"pep\",\"hash\":\"modulo\",\"table\":\"pep\"}]}}");
    assertThat(ArmTable.of(dir))
        .isEqualTo(
            """
            arm        rows  map    total  pruned     AUC      NE    d AUC     d NE  against modulo
            modulo  60.0 kB  0 B  60.0 kB       -  0.6000  0.8000
            large    540 kB  0 B   540 kB       -  0.7000  0.8000
            pep     60.0 kB  0 B  60.0 kB    68 %  0.6500  0.8000  +0.0500  +0.0000  modulo, like bytes
            AUC and NE: predictions made before learning, mean over the last 1 of 1 windows, 1 seed;
            d: same seeds and events, +- spread over seeds. Bytes: rows and map as served;
            pruned: share of all weights that are 0; served as a bit each, or not at all in ids without others
            """);
    assertThat(row(page(), "pep")).contains("<td>modulo, like bytes</td>");
  }

  /** Law: arms of one budget in bytes are compared, however far their maps have filled it. */
  @Test
  void armsOfOneBudgetAreCompared() throws IOException {
    write(
        "metrics.jsonl",
        metric("modulo", 0, 0, .7, 15_000),
        metric("modulo-2", 0, 0, .6, 12_500),
        metric("two-level", 0, 0, .72, 12_000));
    write(
        "run.json",
        "{\"config\":{\"arms\":[{\"name\":\"modulo\",\"hash\":\"modulo\",\"table\":\"plain\",\"bytes\":\"10%\"},"
            + "{\"name\":\"modulo-2\",\"hash\":\"modulo\",\"table\":\"plain\",\"bytes\":\"2%\"},"
            + "{\"name\":\"two-level\",\"hash\":\"two-level\",\"table\":\"plain\",\"bytes\":\"10%\"}]}}");
    assertThat(ArmTable.of(dir)).containsPattern("two-level .* modulo, like bytes");
  }

  /** Law: nothing from a file reaches the page as markup. */
  @Test
  void dataIsEscaped() throws IOException {
    String evil = "</script><script>alert('x')</script><img src=x onerror=y>\\\"&";
    write("metrics.jsonl", metric(evil, 0, 0, .7, 10));
    write(
        "drift.jsonl",
        "{\"field\":\""
            + evil
            + "\",\"window_start\":"
            + START
            + ",\"psi\":0.2,\"map_spec\":\""
            + evil
            + "\"}");
    write(
        "counts.jsonl",
        "{\"read\":1,\"trained\":1,\"rejected\":0,\"dropped_late\":0,\"rejects\":{\""
            + evil
            + "\":1},\"seconds\":{\""
            + evil
            + "\":1}}");
    write("run.json", "{\"" + evil + "\":\"" + evil + "\",\"config\":{\"k\":\"" + evil + "\"}}");
    write("values.jsonl", "{\"field\":\"" + evil + "\",\"value\":\"" + evil + "\",\"count\":1}");
    write("rejects.jsonl", "{\"row\":1,\"reason\":\"r\",\"message\":\"" + evil + "\"}");
    Files.createDirectories(dir.resolve("models/<b>/v000001"));
    write(
        "models/<b>/v000001/manifest.json",
        "{\"manifest_xxh64\":\"<i>\",\"maps\":[{\"field\":\"<u>\",\"checksum\":\"<s>\"}]}");
    String page = page();
    assertThat(page).doesNotContain("<script>alert", "<img", "<b>/", "<i>", "<u>", "<s>");
    assertThat(page.split("<script>", -1)).hasSize(2);
    assertThat(page).contains("&lt;img src=x onerror=y&gt;&quot;&amp;");
  }

  /** Law: an empty run gives a page that names all that is missing. */
  @Test
  void missingFilesAreNamed() throws IOException {
    assertThat(page())
        .contains("This run directory holds no results yet.")
        .contains("run.json is missing: the facts of the run cannot be shown.")
        .contains("metrics.jsonl is missing", "drift.jsonl is missing", "counts.jsonl is missing")
        .contains("models/ holds no published model.");
  }

  /** Law: a broken line is named by its number and costs only itself. */
  @Test
  void brokenLinesAreNamed() throws IOException {
    write("metrics.jsonl", metric("full", 0, 0, .75, 10), "{\"arm\":", "[1]", "");
    write("counts.jsonl");
    write("run.json", "not json");
    String page = page();
    assertThat(row(page, "full")).contains("<td>0.7500</td>");
    assertThat(page)
        .contains("metrics.jsonl:2 is not a JSON object; left out.", "metrics.jsonl:3 is not")
        .contains("counts.jsonl holds no lines")
        .contains("run.json is not a JSON object");
  }

  /** Law: nulls and absent figures show as dashes, never as numbers. */
  @Test
  void unknownFiguresAreDashes() throws IOException {
    write(
        "metrics.jsonl",
        "{\"arm\":\"full\",\"seed\":0,\"window_start\":" + START + ",\"auc\":null,\"ne\":null}");
    write(
        "drift.jsonl",
        "{\"field\":\"f0\",\"window_start\":" + START + ",\"psi\":null,\"map_spec\":\"learned\"}");
    String page = page();
    assertThat(page).contains("No figures.").doesNotContain("NaN");
    assertThat(row(page, "full")).contains("<td>–</td>");
  }

  /** Law: the identity of counts is checked on the last totals, and a loss is plain to see. */
  @Test
  void countsAreChecked() throws IOException {
    String early = "{\"read\":9,\"trained\":1,\"rejected\":0,\"dropped_late\":0}";
    write(
        "counts.jsonl",
        early,
        "{\"complete\":true,\"read\":1000,\"trained\":990,\"rejected\":7,\"dropped_late\":3,\"late_trained\":2,"
            + "\"rejects\":{\"label\":7},\"seconds\":{\"teacher\":30,\"student\":90}}");
    assertThat(page())
        .contains("✓ adds up", "1,000 = 990 + 7 + 3", "every event is accounted for")
        .contains("<th scope=\"row\">label</th><td>7</td>")
        .contains("<th scope=\"row\">student</th><td>90 s</td><td>75 %</td>");
    write("counts.jsonl", "{\"read\":1000,\"trained\":980,\"rejected\":7,\"dropped_late\":3}");
    assertThat(page())
        .contains("✗ does not add up", "1,000 ≠ 980 + 7 + 3", "10 are unaccounted for");
  }

  /** Law: drift shows values with their floors, and fields in natural order. */
  @Test
  void driftShowsFloors() throws IOException {
    write("drift.jsonl", drift("f10"), drift("f2"));
    String page = page();
    assertThat(row(page, "f2"))
        .contains("<td>0.310</td>", "<td>0.120 (0.150)</td>", "<td>0.480 (0.500)</td>");
    assertThat(page).contains("by a PSI of 0.310 from window to window on average (strong change)");
    assertThat(page.indexOf("<strong>f2</strong>")).isLessThan(page.indexOf("<strong>f10<"));
  }

  /** Law: fields without a map fold away, and a floor that was not measured is said so. */
  @Test
  void compressedFieldsComeFirst() throws IOException {
    write(
        "drift.jsonl",
        "{\"field\":\"a\",\"window_start\":" + START + ",\"psi\":0.1,\"map_spec\":null}",
        "{\"field\":\"b\",\"window_start\":" + START + ",\"psi\":0.1,\"map_spec\":\"learned\"}");
    String page = page();
    assertThat(page)
        .contains("1 field without a map: a row for each id", "drift.floor is off")
        .doesNotContain("floor of ARI", "(floor)");
    assertThat(page.indexOf("<strong>b<")).isLessThan(page.indexOf("<strong>a<"));
  }

  /** Law: the page asks for nothing outside itself, and the same files give the same bytes. */
  @Test
  void selfContainedAndRepeatable() throws IOException {
    fourArms();
    String page = page();
    assertThat(page.toLowerCase(Locale.ROOT))
        .doesNotContain("http:", "https:", " src=", " href=", "url(", "@import");
    assertThat(page).contains("default-src 'none'");
    assertThat(page()).isEqualTo(page);
    assertThat(dir.resolve("report.html.tmp")).doesNotExist();
  }

  @Test
  void refusesWhatIsNoDirectory() {
    assertThatThrownBy(() -> Report.write(dir.resolve("nowhere")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("nowhere");
  }

  /** Two seeds, four windows; learned is ahead of modulo by .03 and .01, full by .05. */
  private void fourArms() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int seed = 0; seed < 2; seed++) {
      for (int w = 0; w < 4; w++) {
        double base = w < 2 ? .5 : .7 + .02 * seed;
        line(lines, metric("modulo", seed, w, base, 15_000));
        line(lines, metric("full", seed, w, w < 2 ? .9 : base + .05, 150_000));
        line(lines, metric("hot", seed, w, base, 10_000));
        line(lines, metric("learned", seed, w, base + (seed == 0 ? .03 : .01), 15_000));
      }
    }
    write("metrics.jsonl", lines.toString().strip());
    write(
        "run.json",
        "{\"config\":{\"arms\":[{\"name\":\"full\",\"hash\":\"full\"},"
            + "{\"name\":\"modulo\",\"hash\":\"modulo\"},{\"name\":\"hot\",\"hash\":\"hot-kept\"},"
            + "{\"name\":\"learned\",\"hash\":\"learned\"}]}}");
  }

  private static void line(StringBuilder lines, String line) {
    lines.append(line).append('\n');
  }

  private static String metric(String arm, int seed, int window, double auc, int rows) {
    long start = START + window * DAY;
    int rowBytes = 60 * rows + (arm.equals("full") ? 900_000 : 0);
    int mapBytes = arm.equals("learned") ? 1_500_000 : arm.equals("hot") ? 260_000 : 0;
    return String.format(
        Locale.ROOT,
        "{\"arm\":\"%s\",\"seed\":%d,\"window_start\":%d,\"window_end\":%d,\"auc\":%.4f,"
            + "\"ne\":0.8,\"logloss\":0.5,\"calibration\":1,\"rows\":%d,\"embedding_bytes\":%d,"
            + "\"map_bytes\":%d,\"serving_bytes\":%d,"
            + "\"buckets\":{\"unseen\":{\"events\":10,\"auc\":0.6},\"few\":{},\"some\":{},\"many\":{}}}",
        arm,
        seed,
        start,
        start + DAY,
        auc,
        rows,
        rowBytes,
        mapBytes,
        rowBytes + mapBytes + 100_000);
  }

  private static String drift(String field) {
    return "{\"field\":\""
        + field
        + "\",\"window_start\":"
        + START
        + ",\"psi\":0.31,\"new_traffic\":0.1,\"map_spec\":\"learned\",\"ari\":0.12,\"nmi\":0.48,"
        + "\"floor_ari\":0.15,\"floor_nmi\":0.5}";
  }

  private void write(String file, String... lines) throws IOException {
    Files.writeString(dir.resolve(file), String.join("\n", lines));
  }

  private String page() throws IOException {
    return Files.readString(Report.write(dir));
  }

  /** The first table row that is headed so. */
  private static String row(String page, String head) {
    String open = "<th scope=\"row\">" + head + "</th>";
    assertThat(page).contains(open);
    int from = page.indexOf(open);
    return page.substring(from, page.indexOf("</tr>", from));
  }
}
