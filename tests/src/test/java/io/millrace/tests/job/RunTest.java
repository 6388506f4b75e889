package io.millrace.tests.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.RunFiles;
import io.millrace.snapshot.ModelFolder;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: a job that ends in the middle of a day, and goes on from its last checkpoint, leaves the
 * metrics, maps and models of an unbroken one, which are those that {@code train} makes of the same
 * events.
 */
@Timeout(300)
class RunTest {

  private static final int DAYS = 4;

  /** The last day stays open, as no event comes after it. */
  private static final int CLOSED = DAYS - 1;

  private static final int DAY = SmallStream.PER_DAY;

  @TempDir Path folder;

  @Test
  void goesOnWhereItStopped() throws Exception {
    Path events = SmallStream.writeEvents(folder, DAYS);
    Path run = folder.resolve("a run"); // names with spaces are names
    Path job;
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      job = JobFile.of(broker, 1).write(folder);
      Replays replays = new Replays(job, events);
      replays.send(DAY * 3 / 2);
      try (RunningJob first = RunningJob.start(job, run)) {
        first.untilLines(RunFiles.METRICS, JobFile.ARMS);
        first.nextCheckpoint();
        replays.send(DAY);
        first.untilLines(RunFiles.METRICS, 2 * JobFile.ARMS);
        first.kill();
      }
      Path checkpoint = RunningJob.newestCheckpoint(run);
      replays.send(DAY * 3 / 2);
      try (RunningJob second = RunningJob.start(job, run, "--from", checkpoint)) {
        untilAllHasClosed(second, job, run);
      }
    }
    assertSame(run, trained(job, events));
    assertThat(run.resolve("millrace.log"))
        .content()
        .containsPattern("teacher of seed 0: bottom MLP \\[.*] runs on plain, top MLP \\[.*] on ")
        .containsPattern("student of seed 0: .* \\(engine: auto\\)");
    assertThat(Commands.succeed("report", "--run-dir", run).out()).contains("report.html");
  }

  /** Law: what a stopped job had not learned yet is learned by the one that goes on, once. */
  @Test
  void sigtermTakesASavepoint() throws Exception {
    Path events = SmallStream.writeEvents(folder, DAYS);
    Path run = folder.resolve("a 100% run");
    Path job;
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      job = JobFile.of(broker, 1).write(folder);
      Replays replays = new Replays(job, events);
      replays.send(DAY * 3 / 2);
      RunningJob first = RunningJob.start(job, run);
      first.untilLines(RunFiles.METRICS, JobFile.ARMS);
      first.close();
      Matcher said = Pattern.compile("stopped; go on with --from (.*)").matcher(first.console());
      assertThat(said.find()).as(first.console()).isTrue();
      Path savepoint = Path.of(said.group(1));
      assertThat(savepoint).startsWith(run).isDirectory();
      replays.send(DAY * 5 / 2);
      try (RunningJob second = RunningJob.start(job, run, "--from", savepoint)) {
        untilAllHasClosed(second, job, run);
      }
    }
    assertSame(run, trained(job, events));
  }

  private static void untilAllHasClosed(RunningJob running, Path job, Path run) throws Exception {
    running.untilLines(RunFiles.METRICS, CLOSED * JobFile.ARMS);
    running.untilLines(RunFiles.COUNTS, CLOSED);
    ResultTopics.assertMetricsHeldOnce(job, run);
  }

  /** The directory of a run of the same events without Kafka and Flink. */
  private Path trained(Path job, Path events) throws Exception {
    Path train = folder.resolve("train");
    Commands.succeed("train", "--job", job, "--events", events, "--run-dir", train);
    return train;
  }

  private static void assertSame(Path run, Path train) throws IOException {
    int read = CLOSED * DAY + 1;
    assertThat(SmallStream.lines(run.resolve(RunFiles.COUNTS)))
        .last()
        .asString()
        .contains("\"read\":" + read + ",\"trained\":" + read + ",");
    assertThat(SmallStream.lines(run.resolve(RunFiles.METRICS)))
        .hasSize(CLOSED * JobFile.ARMS)
        .doesNotHaveDuplicates()
        .isSubsetOf(SmallStream.lines(train.resolve(RunFiles.METRICS)));
    assertThat(names(run.resolve(RunFiles.MAPS)))
        .isNotEmpty()
        .isSubsetOf(names(train.resolve(RunFiles.MAPS)));
    String tensors = ModelFolder.versionName(CLOSED) + "/model.safetensors";
    try (Stream<Path> arms = Files.list(run.resolve(RunFiles.MODELS))) {
      assertThat(arms)
          .hasSize(JobFile.ARMS)
          .allSatisfy(
              arm ->
                  assertThat(arm.resolve(tensors))
                      .hasSameBinaryContentAs(
                          train
                              .resolve(RunFiles.MODELS)
                              .resolve(arm.getFileName())
                              .resolve(tensors)));
    }
  }

  /** Names of the maps below a folder; they hold checksums. */
  private static List<String> names(Path maps) throws IOException {
    try (Stream<Path> files = Files.walk(maps)) {
      return files
          .filter(file -> file.toString().endsWith(".map"))
          .map(file -> maps.relativize(file).toString())
          .toList();
    }
  }
}
