package io.millrace.tests.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.flink.cli.Millrace;
import io.millrace.jobfile.JobConfig;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.RunFiles;
import io.millrace.snapshot.ModelFolder;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: a job that misses a folder or a topic says which in one line, and goes on when it is back; a
 * job that gives up says why, and what it has left.
 */
@Timeout(300)
class BadDayTest {

  private static final int DAYS = 3;
  private static final int DAY = SmallStream.PER_DAY;

  @TempDir Path folder;

  // an arm's folder cannot be written for a day, then the topic of results is gone for a while
  @Test
  void whatIsMissingIsWaitedFor() throws Exception {
    Path events = SmallStream.writeEvents(folder, DAYS + 1);
    Path run = folder.resolve("run");
    Path train = folder.resolve("train");
    Path job;
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      job = JobFile.of(broker, 1).with("publish: {keep: 9, updates: 0s}").write(folder);
      Replays replays = new Replays(job, events);
      replays.send(DAY + 1);
      try (RunningJob running = RunningJob.start(job, run);
          Admin admin = JobConfig.read(job).kafka().clients().openAdmin()) {
        running.untilLines(RunFiles.METRICS, JobFile.ARMS);
        Path arm = run.resolve(RunFiles.MODELS).resolve("full");
        // The announcement comes when the last file has been written.
        ResultTopics.await(
            job,
            JobConfig.read(job).kafka().topics().modelsTopic(),
            "\"path\":\"models/full/" + ModelFolder.versionName(1) + "\"");
        Files.move(arm, folder.resolve("aside"));
        Files.createFile(arm);
        replays.send(DAY);
        running.untilSaid("student-full cannot publish version 2: file already exists: " + arm);
        running.untilLines(RunFiles.METRICS, 2 * JobFile.ARMS);
        Files.delete(arm);
        Files.move(folder.resolve("aside"), arm);
        running.untilSaid("student-full publishes again, up to version 2, after ");

        String topic = JobConfig.read(job).kafka().topics().metricsTopic().name();
        admin.deleteTopics(List.of(topic)).all().get();
        running.untilSaid("waiting for " + topic + ", which Kafka at ");
        JobConfig.read(job).kafka().topics().ensure(JobConfig.read(job).kafka().clients());
        running.untilSaid(" has " + topic + " again");
        replays.send(DAY);
        running.untilLines(RunFiles.METRICS, DAYS * JobFile.ARMS);
        running.until(() -> Files.exists(arm.resolve(ModelFolder.versionName(DAYS))));
      }
    }
    Commands.succeed("train", "--job", job, "--events", events, "--run-dir", train);
    for (int version = 1; version <= DAYS; version++) {
      String tensors = "models/full/" + ModelFolder.versionName(version) + "/model.safetensors";
      assertThat(run.resolve(tensors)).hasSameBinaryContentAs(train.resolve(tensors));
    }
  }

  @Test
  void lastWords() throws Exception {
    Path events = SmallStream.writeEvents(folder, 2);
    Path run = folder.resolve("run");
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      Path job =
          JobFile.of(broker, 1)
              .with("checkpoints: {interval: 300ms, restarts: 2, restart_delay: 100ms}")
              .write(folder);
      Replays replays = new Replays(job, events);
      replays.send(DAY);
      RunningJob running = RunningJob.start(job, run);
      running.until(() -> RunningJob.newestCheckpoint(run) != null);
      Files.createFile(run.resolve(RunFiles.MAPS));
      replays.send(1);
      assertThat(running.awaitEnd()).as(running.console()).isEqualTo(Millrace.FAILURE);
      List<String> said =
          running.console().lines().filter(line -> line.startsWith("millrace: ")).toList();
      assertThat(said)
          .singleElement()
          .asString()
          .contains("cannot be built: ", run.resolve(RunFiles.MAPS).toString())
          .contains("the job gave up after 2 restart(s) (checkpoints.restarts), go on with --from")
          .contains(run.resolve("checkpoints").toString());
    }
  }
}
