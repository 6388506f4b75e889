package io.millrace.flink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.cluster.ClusterOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class ClusterCommandTest {

  @TempDir private Path folder;

  private final StringWriter err = new StringWriter();

  private int run(String... more) {
    List<String> args = new ArrayList<>();
    Collections.addAll(args, "cluster", "--input", file("in.csv"), "--output", file("out.csv"));
    Collections.addAll(args, more);
    CommandLine command = Millrace.commandLine();
    command.setErr(new PrintWriter(err));
    command.setOut(new PrintWriter(new StringWriter()));
    return command.execute(args.toArray(String[]::new));
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private void input(String text) throws IOException {
    Files.writeString(folder.resolve("in.csv"), text);
  }

  /** Law: rows ascend with value, the output keeps the input's order and any text as an id. */
  @Test
  void writesARowForEachId() throws IOException {
    input("id,value,count\nz,2.0,1\n\"a,b\",0.1,1\n-7,0,1\n\"q\"\"\",1.0,5\n");
    assertThat(run("--rows", "3", "--stats", file("s.json"))).isZero();
    assertThat(folder.resolve("out.csv")).hasContent("id,row\nz,2\n\"a,b\",0\n-7,0\n\"q\"\"\",1\n");
    assertThat(folder.resolve("s.json"))
        .content()
        .matches(
            "\\{\"steps\": 1, \"fallback_steps\": 0, \"rows\": 3, \"largest_row\": 2,"
                + " \"seconds\": \\d+\\.\\d{6}}\n");
    JsonNode stats = new ObjectMapper().readTree(folder.resolve("s.json").toFile());
    assertThat(stats.get("steps").intValue()).isEqualTo(1);
    assertThat(stats.get("fallback_steps").intValue()).isZero();
    assertThat(stats.get("rows").intValue()).isEqualTo(3);
    assertThat(stats.get("largest_row").intValue()).isEqualTo(2);
    assertThat(stats.get("seconds").doubleValue()).isBetween(0.0, 60.0);
  }

  /**
   * Law: options take effect. With a cap of one id no pair is legal, so that each step falls back.
   */
  @Test
  void optionsArrive() throws IOException {
    input("id,value,count\na,1,1\nb,2,1\nc,3,1\nd,4,1\n");
    int exit =
        run(
            "--rows",
            "2",
            "--max-cluster-size",
            "1",
            "--merges-per-step",
            "1",
            "--filters",
            "dist_only",
            "--truncate",
            "false",
            "--stats",
            file("s.json"));
    assertThat(exit).isZero();
    JsonNode stats = new ObjectMapper().readTree(folder.resolve("s.json").toFile());
    assertThat(stats.get("steps").intValue()).isEqualTo(2);
    assertThat(stats.get("fallback_steps").intValue()).isEqualTo(2);
  }

  /** Law: the command has each option of the clustering, with the same default. */
  @Test
  void everyOptionIsThere() {
    CommandSpec command = Millrace.commandLine().getSubcommands().get("cluster").getCommandSpec();
    ClusterOptions defaults = ClusterOptions.DEFAULT;
    List<String> keys = Arrays.stream(defaults.describe().split(" ")).toList();
    assertThat(keys).hasSize(11);
    for (String pair : keys) {
      String key = pair.substring(0, pair.indexOf('='));
      assertThat(command.findOption("--" + key)).as(key).isNotNull();
      String value = command.findOption("--" + key).defaultValue();
      assertThat(defaults.with(key, value)).as(key).isEqualTo(defaults);
    }
  }

  /** Law: the paper's loop bound never merges the last cluster. */
  @Test
  void pairRangeArrives() throws IOException {
    input("id,value,count\na,1,1\nb,9,1\nc,9.5,1\n");
    assertThat(run("--rows", "2", "--pair-range", "paper_exclusive")).isZero();
    assertThat(folder.resolve("out.csv")).hasContent("id,row\na,0\nb,0\nc,1\n");
    assertThat(run("--rows", "2")).isZero();
    assertThat(folder.resolve("out.csv")).hasContent("id,row\na,0\nb,1\nc,1\n");
  }

  @Test
  void readsAndWritesCompressedFiles() throws IOException {
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(folder.resolve("in.csv.gz")))) {
      out.write("count,id,value\n1,x,5e-1\n1,y,-3\n".getBytes(StandardCharsets.UTF_8));
    }
    int exit =
        Millrace.commandLine()
            .setOut(new PrintWriter(new StringWriter()))
            .execute(
                "cluster",
                "--input",
                file("in.csv.gz"),
                "--output",
                file("out.csv.gz"),
                "--rows",
                "9");
    assertThat(exit).isZero();
    try (InputStream in = new GZIPInputStream(Files.newInputStream(folder.resolve("out.csv.gz")))) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("id,row\nx,1\ny,0\n");
    }
  }

  /**
   * Law: the error for a wrong line names column, value, rule and place in one line; exit code 2.
   */
  @Test
  void wrongLinesAreNamed() throws IOException {
    assertError(
        "id,value,count\na,1,1\nb,NaN,1\n", "value must be a finite number but was 'NaN'", 3);
    assertError(
        "id,value,count\na,1,-2\n", "count must be a finite number and >= 0 but was '-2'", 2);
    assertError("id,value,count\na,1\n", "count is missing", 2);
    assertError(
        "id,value,count\na,1,1\na,2,1\n", "id must occur once but 'a' is also in line 2", 3);
    assertError("id,val\n", "the header must be id,value,count but was 'id,val'", 1);
    assertError("", "the header must be id,value,count but was ''", 1);
  }

  private void assertError(String text, String message, int line) throws IOException {
    input(text);
    err.getBuffer().setLength(0);
    assertThat(run("--rows", "1")).isEqualTo(Millrace.USAGE);
    assertThat(err.toString().strip())
        .isEqualTo("millrace: " + message + " (" + file("in.csv") + ":" + line + ")");
  }

  @Test
  void wrongOptionsAreNamed() throws IOException {
    input("id,value,count\na,1,1\n");
    assertThat(run("--rows", "1", "--norm", "never")).isEqualTo(Millrace.USAGE);
    assertThat(err.toString())
        .contains("norm must be one of step, initial but was 'never'")
        .hasLineCount(1);
    assertThat(run("--rows", "0")).isEqualTo(Millrace.USAGE);
    assertThat(err.toString()).contains("rows must be >= 1 but was 0");
  }
}
