package io.millrace.flink.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class CheckCommandTest {

  private static final String JOB =
      """
      name: small
      schema:
        label: {column: y}
        time: {column: ts, unit: s}
        dense:
          - {columns: price, transform: log1p}
        categorical:
          - {columns: site, expected_ids: 100}
      hash: {min_rows: 50}
      arms:
        - {name: learned-10, hash: learned, ratio: 0.1}
      """;

  @TempDir Path dir;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int check(Path job, Path events) {
    CommandLine line = Millrace.commandLine();
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return line.execute("check", "--job", job.toString(), "--events", events.toString());
  }

  @Test
  void saysWhatItUnderstood() throws IOException {
    Path job = Files.writeString(dir.resolve("job.yaml"), JOB);
    Path events =
        Files.writeString(
            dir.resolve("e.csv"),
            """
            ts,y,price,site
            1500000100,1,2,a
            1500000000,0,,b
            1500000200,0,x,a
            1500000300,0,1,a
            """);
    assertThat(check(job, events)).isZero();
    assertThat(out.toString())
        .contains("4 rows, the whole file")
        .contains("y: 1 of 3 positive (33.33 %)")
        .contains("1 rows are older than one before them")
        .contains("wrong_type         1, the first in row 2: price must be a number but was 'x'")
        .contains("a (2), b (1)")
        .contains("expected_ids of this sample: {site: 2}")
        .contains("arm learned-10                     10 rows (10.0 % of 100)");
  }

  // What can be read but is odd is a line that begins with warn, and names the key to set.
  @Test
  void oddFilesAreWarnedOf() throws IOException {
    Path job =
        Files.writeString(
            dir.resolve("job.yaml"),
            JOB + "format: {separator: ;, columns: [ts, y, price, site]}\n");
    Path events =
        Files.writeString(
            dir.resolve("e.csv"), "ts;y;price;site\n1500000100;1;NA;a\n1500000200;0;1;null\n");
    assertThat(check(job, events)).isZero();
    assertThat(out.toString())
        .contains("2 rows, the whole file", "events     1")
        .contains(
            "price must be a number but was 'NA'; if it means missing, set format.missing: ['NA']")
        .contains("warn: " + events + ": its first row repeats format.columns and is left out")
        .contains("warn: rows are rejected because of 'NA' (1)", "set format.missing: ['NA']")
        .contains("warn: site has the ids 'null' (1)");
    Files.writeString(job, JOB + "format: {separator: ;, missing: [NA, null]}\n");
    out.getBuffer().setLength(0);
    assertThat(check(job, events)).isZero();
    assertThat(out.toString()).contains("events     2", "rejects    0").doesNotContain("warn");
  }

  // 34 quotients and 3 remainders give 100 ids different pairs; 50 rows are allowed
  @Test
  void rowsAreThoseThatAreMade() throws IOException {
    String arms =
        """
          - {name: qr, hash: qr, ratio: 0.5, student: {linear: {share: 0}}}
          - {name: mixed, hash: full, table: mixed, mixed: {d0: 3}, student: {linear: {share: 0}}}
          - {name: pruned, hash: modulo, ratio: 0.5, table: pep, pep: {keep: 0.3}, student: {linear: {share: 0}}}
        """;
    Path job = Files.writeString(dir.resolve("job.yaml"), JOB + arms);
    Path events = Files.writeString(dir.resolve("e.csv"), "ts,y,price,site\n1500000100,1,2,a\n");
    assertThat(check(job, events)).isZero();
    assertThat(out.toString().lines())
        .contains(
            "arm qr                             37 rows (37.0 % of 100)",
            "arm mixed                         100 rows (100.0 % of 100), of 3 to 3 floats where"
                + " compressed",
            "arm pruned                         50 rows (50.0 % of 100), 30.0 % of the weights to"
                + " be left where compressed");
  }

  // Law: where an arm has several replicas, check prints how many events each learns alone.
  @Test
  void countsEventsOfReplicas() throws IOException {
    String replicas = "student: {exchange: 12h, regret_events: 0}\nparallelism: {trainers: 2}\n";
    Path job = Files.writeString(dir.resolve("job.yaml"), JOB + replicas);
    StringBuilder rows = new StringBuilder("ts,y,price,site\n");
    for (int i = 0; i < 2000; i++) {
      rows.append(1500000000 + 43 * i).append(',').append(i % 2).append(",1,a\n");
    }
    Path events = Files.writeString(dir.resolve("e.csv"), rows);
    assertThat(check(job, events)).isZero();
    assertThat(out.toString())
        .contains(
            "arm learned-10           2 replicas, about 503 events of each between two exchanges;"
                + " student.exchange: 1d gives about 1,005\n");
  }

  // Law: where most times are rejected, check and train print how the job file reads them.
  @Test
  void proposesTheUnitThatFits() throws IOException {
    Path job = Files.writeString(dir.resolve("job.yaml"), JOB.replace("unit: s", "unit: ms"));
    Path events = Files.writeString(dir.resolve("e.csv"), "ts,y,price,site\n1500000100,1,2,a\n");
    String advice =
        "warn: 1 of 1 rows were rejected for their time in column ts, the first was '1500000100';"
            + " set schema.time.unit: s, which reads 1 of the first 1 of them\n";
    assertThat(check(job, events)).isEqualTo(Millrace.FAILURE);
    assertThat(out.toString()).endsWith(advice);
    CommandLine line = Millrace.commandLine();
    StringWriter trained = new StringWriter();
    line.setOut(new PrintWriter(trained)).setErr(new PrintWriter(err));
    String run = dir.resolve("run").toString();
    line.execute("train", "--job", "" + job, "--events", "" + events, "--run-dir", run);
    assertThat(trained.toString()).contains(advice);
  }

  // Law: a sample without any event fails, in one line with the reasons.
  @Test
  void nothingAcceptedIsAFailure() throws IOException {
    Path job = Files.writeString(dir.resolve("job.yaml"), JOB);
    Path events = Files.writeString(dir.resolve("e.csv"), "ts,y,price,site\nx,1,2,a\n1,0,2,a\n");
    assertThat(check(job, events)).isEqualTo(Millrace.FAILURE);
    assertThat(out.toString())
        .contains("warn: none of the first 2 records is an event: bad_time 1");
    assertThat(err.toString())
        .startsWith(
            "millrace: "
                + events
                + " must hold events but 2 of 2 rows are rejected: bad_time 1, time_out_of_range 1;"
                + " the first: row 0: ts must ");
    Path none = Files.writeString(dir.resolve("n.csv"), "ts,y,price,site\n");
    assertThat(check(job, none)).isEqualTo(Millrace.FAILURE);
    assertThat(err.toString()).contains(none + " must hold events but has no row");
  }

  // Law: what is legal but hardly meant is a line that begins with warn.
  @Test
  void warnsOfWhatIsHardlyMeant() throws IOException {
    String wrong =
        JOB.replace("{column: y}", "{column: y, positive: [true]}")
            .replace("site, expected_ids: 100", "[site, shop], expected_ids: 40");
    Path job = Files.writeString(dir.resolve("job.yaml"), wrong);
    Path events =
        Files.writeString(
            dir.resolve("e.csv"),
            """
            ts,y,price,site,shop
            1500000000,True,1,a,
            1500000100,False,1,a,
            1500000200,False,,b,
            1500100000,False,1,a,
            """);
    assertThat(check(job, events)).isZero();
    assertThat(out.toString())
        .contains("y: 1 of 4 positive (25.00 %); texts are False (3), True (1)")
        .containsPattern("price +25.00 %")
        .containsPattern("shop .* 100.00 %");
    assertThat(out.toString().lines().filter(line -> line.startsWith("warn: ")))
        .containsExactly(
            "warn: columns of the schema without a value in any of the first 4 events: shop; keys of"
                + " the events: ts, y, price, site, shop",
            "warn: y: labels of one class only in 1 of 2 panes, the first from"
                + " 2017-07-15T00:00:00Z: such panes have no AUC and NE; see windows.size",
            "warn: in 2 panes, median 3 events: maps and figures of fewer than 100 events are mostly"
                + " noise; set a larger windows.size",
            "warn: no field expects 50 ids or more (hash.min_rows), so no table is compressed and no"
                + " map is built: set hash.min_rows to 40, the expected_ids of the largest field"
                + " site, or less");
  }

  // Law: check says how a narrow teacher without dense columns may never learn, and what to set;
  // with that set, with a dense column, without a teacher or with a wide one it says nothing.
  @ParameterizedTest
  @CsvSource({
    "'', false, 4",
    "dim: 3, false, 8",
    "'', true, 0",
    "bottom_output: linear, false, 0",
    "sample: 0, false, 0",
    "dim: 8, false, 0"
  })
  void aTeacherThatMayNeverLearnIsWarnedOf(String teacher, boolean dense, int seeds)
      throws IOException {
    String columns = "  dense:\n    - {columns: price, transform: log1p}\n";
    String text =
        (dense ? JOB : JOB.replace(columns, "")).replace("learned", "two-level")
            + "teacher: {"
            + teacher
            + "}\n";
    Path job = Files.writeString(dir.resolve("job.yaml"), text);
    Path events = Files.writeString(dir.resolve("e.csv"), "ts,y,price,site\n1500000100,1,2,a\n");
    assertThat(check(job, events)).isZero();
    assertThat(out.toString().lines().filter(line -> line.contains("bottom_output: linear")))
        .hasSize(seeds > 0 ? 1 : 0)
        .allMatch(line -> line.startsWith("warn: schema.dense is empty"))
        .allMatch(line -> line.contains("stay at 0 for about one seed in " + seeds + ","));
  }

  // Law: counts of the most frequent values are true, also among more values than a sketch holds.
  @Test
  void mostFrequentValuesAreCountedExactly() throws IOException {
    Path job = Files.writeString(dir.resolve("job.yaml"), JOB);
    StringBuilder rows = new StringBuilder("ts,y,price,site\n");
    for (int i = 0; i < 5_000; i++) {
      String site = i % 50 == 49 ? "often" : "rare" + i / 2;
      rows.append(1_500_000_000L + i).append(",").append(i % 2).append(",1,").append(site);
      rows.append("\n");
    }
    assertThat(check(job, Files.writeString(dir.resolve("e.csv"), rows))).isZero();
    assertThat(out.toString()).contains("often (100), rare0 (2), rare1 (2)");
  }

  // Law: an arm with a budget in bytes shows how rows and maps divide it.
  @Test
  void bytesOfArmsAreShown() throws IOException {
    String arms =
        """
          - {name: two, hash: two-level, bytes: 25%}
          - {name: mod, hash: modulo, bytes: 1kB, student: {linear: {share: 0}}}
          - {name: lin, hash: none, bytes: 1kB}
        """;
    Path job = Files.writeString(dir.resolve("job.yaml"), JOB + arms);
    Path events = Files.writeString(dir.resolve("e.csv"), "ts,y,price,site\n1500000100,1,2,a\n");
    assertThat(check(job, events)).isZero();
    assertThat(out.toString())
        .containsPattern(
            "arm two .* rows .*, 1,600 bytes where compressed: [0-9,]+ of rows in int8, 320 of the linear part \\(159 weights\\), up to [0-9,]+ of maps")
        .containsPattern("arm lin .* 0 rows .*, 1,000 bytes of linear part \\(499 weights\\)\n")
        .containsPattern(
            "arm mod .* 55 rows .*, 1,000 bytes where compressed: 990 of rows in int8\n");
  }

  @Test
  void aWrongJobIsTheUsersToFix() throws IOException {
    Path job = Files.writeString(dir.resolve("job.yaml"), JOB.replace("ratio: 0.1", "ratio: 2"));
    assertThat(check(job, dir)).isEqualTo(Millrace.USAGE);
    assertThat(err.toString())
        .startsWith("millrace: arms[0].ratio must be > 0 and <= 1 but was '2' (job.yaml:11)");
  }

  // Each shipped job understands its data: every row an event.
  @ParameterizedTest
  @CsvSource({
    "criteo-80k, criteo-80k/events.csv.gz",
    "tmall-123d, tmall-123d/log.csv.gz",
    "open-bandit-7d, open-bandit-7d/bts_men.csv.gz"
  })
  void examplesUnderstandTheirData(String example, String file) {
    Optional<Path> events =
        Stream.of(
                Optional.ofNullable(System.getenv("MILLRACE_SHARED")).orElse("../shared"),
                "../../shared",
                "../../../shared")
            .map(root -> Path.of(root, "data", file))
            .filter(Files::exists)
            .findFirst();
    assumeTrue(events.isPresent(), "skipped: data/" + file + " is not there (MILLRACE_SHARED)");
    assertThat(check(Path.of("..", "examples", example, "job.yaml"), events.get())).isZero();
    assertThat(out.toString()).contains("rejects    0");
  }
}
