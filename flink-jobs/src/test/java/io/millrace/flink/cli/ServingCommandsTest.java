package io.millrace.flink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ServingCommandsTest {

  @TempDir Path folder;

  /**
   * Law: a folder without a model is bad usage; the error says in one line what the folder of a
   * model contains. For a server an empty folder is one whose first version comes later.
   */
  @Test
  void aFolderWithoutAModelIsBadUsage() throws IOException {
    Files.createFile(folder.resolve("clicks.csv"));
    String model = folder.toString();
    String expected =
        "millrace: no such file: "
            + model
            + " (a published model has a manifest.json, an arm's folder a LATEST";
    assertThat(run("score", "--model", model, "--events", "e.csv", "--output", "o.csv"))
        .startsWith("2 " + expected + ")");
    assertThat(run("serve", "--model", model, "--port", "0"))
        .startsWith("2 " + expected + ", a run's folder a folder models)");
  }

  /** Law: a damaged version is a row of the list as any other, and says what is wrong. */
  @Test
  void aDamagedVersionIsListed() throws IOException {
    Path arm = folder.resolve("models/learned");
    for (int version = 1; version <= 2; version++) {
      Path manifest = arm.resolve("v00000" + version).resolve("manifest.json");
      Files.createDirectories(manifest.getParent());
      Files.writeString(manifest, "{");
    }
    Files.writeString(arm.resolve("LATEST"), "v000002\n");
    StringWriter out = new StringWriter();
    CommandLine line = Millrace.commandLine().setOut(new PrintWriter(out));
    assertThat(line.execute("models", "list", "--model", folder.toString())).isZero();
    assertThat(out.toString().lines().skip(1))
        .hasSize(2)
        .allMatch(row -> row.matches("learned +[12] .* damaged: .*manifest.json.*"));
  }

  @Test
  void optionsHaveRanges() throws IOException {
    String model = folder.toString();
    assertThat(run("serve", "--model", model, "--port", "70000"))
        .startsWith("2 millrace: --port must be in 0..65535 but was 70000");
    assertThat(run("serve", "--model", model, "--poll-ms", "0"))
        .startsWith("2 millrace: --poll-ms must be >= 1 but was 0");
    assertThat(run("serve", "--model", model, "--max-record-bytes", "9"))
        .startsWith("2 millrace: --max-record-bytes must be in 64..67108864 but was 9");
    assertThat(run("serve", "--model", model, "--sample-rate", "2"))
        .startsWith("2 millrace: --sample-rate must be in (0, 1] but was 2.0");
    assertThat(run("serve", "--model", model, "--max-age", "10"))
        .startsWith("2 millrace: --max-age must be a duration such as 30s, 10m or 1d but was '10'");
    assertThat(run("serve", "--model", model, "--tls-keystore", "k.p12"))
        .startsWith("2 millrace: --tls-keystore needs the keystore's password in MILLRACE_TLS_PA");
    Path token = Files.writeString(folder.resolve("token"), "secret\n");
    assertThat(run("serve", "--model", model, "--admin-token-file", token.toString()))
        .startsWith(
            "2 millrace: --admin-token-file " + token + ": a token must have at least 16 ch")
        .doesNotContain("secret");
    assertThat(
            run(
                "score",
                "--model",
                model,
                "--events",
                "e",
                "--output",
                "o",
                "--max-ids-per-field=0"))
        .startsWith("2 millrace: --max-ids-per-field must be >= 1 but was 0");
  }

  private static String run(String... args) {
    StringWriter err = new StringWriter();
    CommandLine line = Millrace.commandLine().setErr(new PrintWriter(err));
    return line.execute(args) + " " + err;
  }
}
