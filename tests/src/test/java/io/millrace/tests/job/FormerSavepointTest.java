package io.millrace.tests.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.flink.graph.Savepoint;
import io.millrace.jobfile.JobConfig;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.RunFiles;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: a job whose savepoint is from before settings were kept goes on with the defaults of that
 * time, and learns what it would have learned then.
 *
 * <p>The savepoint is of commit c26bfb9, which ran this job file on the first 600 of these events;
 * beside it lie the files of that run, and the metrics of that commit's {@code train} on all
 * events.
 */
@Timeout(300)
class FormerSavepointTest {

  private static final int ARMS = 2;

  private static final String JOB =
      """
      name: before
      schema:
        label: {column: click}
        time: {column: ts, unit: ms}
        dense:
          - {columns: d}
        categorical:
          - {columns: [u, v], expected_ids: {u: 30, v: 1000}}
      teacher: {bottom: [4], top: [4], batch: 8, engine: plain}
      student: {dim: 4, bottom: [4], top: [4], batch: 8, table: {lr: 0.2}, dense: {lr: 0.01}, engine: plain}
      hash: {min_rows: 500}
      arms:
        - {name: two-level, bytes: 50%}
        - {name: modulo, hash: modulo}
      kafka: {bootstrap: "@BROKER@", partitions: 1}
      """;

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @Test
  void goesOnWithFormerDefaults() throws Exception {
    unpack("run-before-settings.zip.b64");
    Path run = folder.resolve("run");
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      Path job = write(broker);
      Commands.succeed("replay", "--job", job, "--events", events());
      try (RunningJob goesOn = RunningJob.start(job, run, "--from", folder.resolve("savepoint"))) {
        goesOn.untilSaid(
            "note: student.linear.share is unset: 0, as in the savepoint (the default is 0.2)");
        goesOn.untilLines(RunFiles.METRICS, 3 * ARMS);
      }
      assertThat(goesOnFromThere(job, run))
          .contains(
              "student.linear.share is unset: 0, as in the savepoint (the default is 0.2)",
              "arms[1].student.linear.share is unset: 0.2, the default, as the savepoint has no arm"
                  + " new (student.linear.share is 0)");
    }
    List<String> then = figures(folder.resolve("train").resolve(RunFiles.METRICS));
    assertThat(figures(run.resolve(RunFiles.METRICS)))
        .containsExactlyInAnyOrderElementsOf(then.subList(0, 3 * ARMS));
  }

  private Path write(EmbeddedBroker broker) throws IOException {
    String text = JOB.replace("@BROKER@", broker.bootstrapServers());
    return Files.writeString(folder.resolve("job.yaml"), text);
  }

  /** What was learned: arm, window and figures of each line, to ten digits. */
  private static List<String> figures(Path metrics) throws IOException {
    List<String> figures = new ArrayList<>();
    for (String line : SmallStream.lines(metrics)) {
      JsonNode json = JSON.readTree(line);
      figures.add(
          "%s %s %.10f %.10f %.10f"
              .formatted(
                  json.get("arm").asText(),
                  json.get("window_start").asText(),
                  json.get("auc").asDouble(),
                  json.get("logloss").asDouble(),
                  json.get("calibration").asDouble()));
    }
    return figures;
  }

  /** Notes on a job that goes on from the savepoint of this version, with an arm more. */
  private static List<String> goesOnFromThere(Path job, Path run) throws IOException {
    String added =
        Files.readString(job).replace("  - {name: modulo", "  - {name: new}\n  - {name: modulo");
    Files.writeString(job, added);
    try (Stream<Path> all = Files.list(run.resolve("checkpoints").resolve("savepoints"))) {
      Savepoint savepoint = new Savepoint(all.findFirst().orElseThrow().toString());
      return JobConfig.read(job, savepoint.settings()).notes();
    }
  }

  /** Four days of 400 events; the clicks depend on {@code u}. */
  private Path events() throws IOException {
    Random random = new Random(3);
    List<String> lines = new ArrayList<>(List.of("ts,click,d,u,v"));
    for (int i = 0; i < 1600; i++) {
      int u = random.nextInt(30);
      int v = (int) (600 * random.nextDouble() * random.nextDouble());
      int click = random.nextDouble() < (u % 3 == 0 ? .7 : .1) ? 1 : 0;
      long time = 1_704_067_200_000L + i * 216_000L;
      lines.add("%d,%d,%d,%d,%d".formatted(time, click, random.nextInt(9), u, v));
    }
    return Files.write(folder.resolve("events.csv"), lines, UTF_8);
  }

  private void unpack(String name) throws IOException {
    byte[] zip;
    try (InputStream in = getClass().getResourceAsStream(name)) {
      zip = Base64.getMimeDecoder().decode(in.readAllBytes());
    }
    try (ZipInputStream files = new ZipInputStream(new ByteArrayInputStream(zip))) {
      for (ZipEntry entry = files.getNextEntry(); entry != null; entry = files.getNextEntry()) {
        Path file = folder.resolve(entry.getName());
        Files.createDirectories(file.getParent());
        Files.copy(files, file);
      }
    }
  }
}
