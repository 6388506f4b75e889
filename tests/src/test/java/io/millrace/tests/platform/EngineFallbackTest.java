package io.millrace.tests.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.flink.cli.Millrace;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import io.millrace.tests.job.JavaProcess;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Law: where a native library is missing, the next engine computes, and the command says which one
 * and why. JavaCPP looks for libraries of another platform here, as on a machine without any.
 */
class EngineFallbackTest {
  private static final String OTHER = "-Dorg.bytedeco.javacpp.platform=linux-arm64";
  private static final String WHY =
      "(cannot load oneDNN for linux-arm64: there is no library of it that this machine can load"
          + " (no jni";

  @TempDir Path folder;

  private Path events;

  @BeforeEach
  void writeEvents() throws IOException {
    events = SmallStream.writeEvents(folder, 1);
  }

  @ParameterizedTest
  @CsvSource({
    "auto, '[16]', 'engine: oneDNN 3.'",
    "onednn, '[16]', 'engine: oneDNN 3.'",
    "plain, '[16]', 'engine: plain Java'",
    "djl, '[16]', 'engine: libtorch 2.'"
  })
  void theLineNamesWhatComputes(String engine, String top, String line) throws IOException {
    Commands.Outcome outcome = Commands.succeed(train(engine, top, "in").toArray());
    assertThat(outcome.out().lines()).anyMatch(text -> text.startsWith(line));
  }

  // Law: the fallback learns what plain Java learns, to the bit.
  @Test
  void plainJavaReplacesOneDnn() throws Exception {
    String printed = child(Millrace.OK, false, train("auto", "[16]", "fallback"));
    assertThat(printed).contains("engine: plain Java " + WHY);

    Commands.succeed(train("plain", "[16]", "plain").toArray());
    assertThat(metrics("fallback")).isEqualTo(metrics("plain")).isNotEmpty();
  }

  @Test
  void libtorchReplacesOneDnnForLargeNetworks() throws Exception {
    String printed = child(Millrace.OK, false, train("auto", "[256]", "torch"));
    assertThat(printed).containsPattern("engine: .*libtorch 2\\..*, cpu\\) \\(cannot load oneDNN");
  }

  @Test
  void plainJavaReplacesLibtorch() throws Exception {
    String printed = child(Millrace.OK, true, train("auto", "[256]", "none"));
    assertThat(printed).contains("plain Java " + WHY).contains("; cannot load libtorch: ");
  }

  @Test
  void anEngineThatIsNamedIsNotReplaced() throws Exception {
    String printed = child(Millrace.FAILURE, false, train("onednn", "[16]", "named"));
    assertThat(printed)
        .contains("student.engine of arm modulo must be an engine of this machine but was onednn:");
  }

  /** The words of a command that trains a small arm. */
  private List<Object> train(String engine, String top, String name) throws IOException {
    Path job =
        Files.writeString(
            folder.resolve(name + ".yaml"),
            """
            name: small
            schema:
              label: {column: label}
              time: {column: event_time, unit: ms}
              dense:
                - {columns: d0..d3}
              categorical:
                - columns: f0..f7
                  expected_ids: {f0: 300, f1: 750, f2: 1500, f3: 3000, f4: 7500, f5: 15000, f6: 22500, f7: 30000}
            student: {dim: 8, bottom: [64], top: %s, engine: %s}
            hash: {min_rows: 1000}
            arms:
              - {name: modulo, hash: modulo, ratio: 0.1}
            """
                .formatted(top, engine));
    return List.of("train", "--job", job, "--events", events, "--run-dir", folder.resolve(name));
  }

  /** What a command prints in a process that looks for libraries of another platform. */
  private String child(int code, boolean withoutTorch, List<Object> args) throws Exception {
    Path console = folder.resolve("console.txt");
    List<String> command = JavaProcess.command(console, "512m", Millrace.class.getName());
    command.add(1, OTHER);
    if (withoutTorch) { // DJL unpacks it there, and cannot: a file is no folder
      command.add(1, "-DENGINE_CACHE_DIR=" + events);
    }
    args.forEach(arg -> command.add(arg.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(new File(console.toString()))
            .start();
    int exit = process.waitFor();
    String printed = Files.readString(console, UTF_8);
    assertThat(exit).as(printed).isEqualTo(code);
    return printed;
  }

  private List<String> metrics(String run) throws IOException {
    return SmallStream.lines(folder.resolve(run).resolve("metrics.jsonl"));
  }
}
