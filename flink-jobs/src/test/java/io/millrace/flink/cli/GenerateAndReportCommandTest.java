package io.millrace.flink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class GenerateAndReportCommandTest {

  @TempDir private Path dir;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  /** Law: equal options and seed give equal files; another seed gives another. */
  @Test
  void generatesTheSameTwice() throws IOException {
    List<String> first = generate("a.csv", "1");
    assertThat(first).hasSize(2 * 50 + 1);
    assertThat(first.get(0)).isEqualTo("event_time,label,d0,d1,d2,d3,f0,f1,f2,f3,f4,f5,f6,f7");
    assertThat(generate("b.csv", "1")).isEqualTo(first);
    assertThat(generate("c.csv", "2")).isNotEqualTo(first);
    assertThat(out.toString()).contains("day 2: 50 events", "best possible AUC", "100 events in");
  }

  @Test
  void namesThePresets() {
    assertThat(run("generate", "--preset", "plant", "--output", dir.resolve("x").toString()))
        .isEqualTo(Millrace.USAGE);
    assertThat(err.toString())
        .contains(
            "preset must be one of [demo, drift, planted, stationary] but was 'plant' (--preset)");
  }

  @Test
  void refusesZeroDays() {
    String file = dir.resolve("x").toString();
    assertThat(run("generate", "--days", "0", "--output", file)).isEqualTo(Millrace.USAGE);
    assertThat(err.toString()).contains("days must be >= 1 but was 0");
  }

  @Test
  void reportSaysWhereItIs() throws IOException {
    Files.writeString(dir.resolve("run.json"), "{}");
    assertThat(run("report", "--run-dir", dir.toString())).isEqualTo(Millrace.OK);
    assertThat(out.toString())
        .startsWith("verdict: No verdict yet")
        .endsWith(dir.resolve("report.html") + System.lineSeparator());
    assertThat(dir.resolve("report.html")).isNotEmptyFile();
  }

  @Test
  void reportOfNoRunIsUsage() {
    assertThat(run("report", "--run-dir", dir.resolve("none").toString()))
        .isEqualTo(Millrace.USAGE);
  }

  private List<String> generate(String name, String seed) throws IOException {
    Path file = dir.resolve(name);
    int code =
        run(
            "generate",
            "--preset",
            "demo",
            "--seed",
            seed,
            "--days",
            "2",
            "--events-per-day",
            "50",
            "--output",
            file.toString());
    assertThat(code).isEqualTo(Millrace.OK);
    return Files.readAllLines(file);
  }

  private int run(String... args) {
    CommandLine line = Millrace.commandLine();
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return line.execute(args);
  }
}
