package io.millrace.tests.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.flink.cli.Millrace;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.tests.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: where no checkpoint can be written, the job does not go on without; the user is told in one
 * line which setting names the place, which place that is, and what is wrong there.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CheckpointFolderTest {

  /** Nothing listens there: the folder is looked at first. */
  private static final String NO_BROKER = "localhost:1";

  @TempDir Path folder;

  @AfterEach
  void emptyDisk() {
    FullDisk.FULL.set(false);
  }

  @Test
  void belowAFile() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertUsage(file.resolve("checkpoints").toString(), file + " is a file");
  }

  @Test
  void whereNobodyMayWrite() throws IOException {
    assertUsage("/proc/checkpoints", "it cannot be made");
  }

  @Test
  void inAFileSystemThatIsNotThere() throws IOException {
    assertUsage(
        "nope://host/checkpoints", "Could not find a file system implementation for scheme 'nope'");
  }

  @Test
  void onAFullDisk() throws IOException {
    FullDisk.FULL.set(true);
    assertUsage(FullDisk.uri(folder), "No space left on device");
  }

  private void assertUsage(String dir, String why) throws IOException {
    Path job = job(NO_BROKER, dir);
    Path run = folder.resolve("run");
    assertUsage(Commands.run("run", "--job", job, "--run-dir", run), dir, why);
    assertUsage(Commands.run("demo", "--job", job, "--run-dir", run, "--headless"), dir, why);
  }

  private static void assertUsage(Commands.Outcome outcome, String dir, String why) {
    assertThat(outcome.err())
        .startsWith("millrace: checkpoints.dir '" + dir + "' cannot be written: " + why)
        .hasLineCount(1);
    assertThat(outcome.code()).isEqualTo(Millrace.USAGE);
  }

  @Test
  void onADiskThatFillsUpLater() throws Exception {
    Path run = folder.resolve("run");
    String dir = FullDisk.uri(folder);
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      Path job = job(broker.bootstrapServers(), dir);
      CompletableFuture<Commands.Outcome> outcome =
          CompletableFuture.supplyAsync(() -> Commands.run("run", "--job", job, "--run-dir", run));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> RunningJob.newestIn(folder) != null || outcome.isDone());
      FullDisk.FULL.set(true);
      assertThat(outcome.get().err())
          .startsWith(
              "millrace: checkpoints.dir '"
                  + dir
                  + "' cannot be written: No space left on device; the job gave up after 1 restart(s)"
                  + " (checkpoints.restarts), go on with --from and the newest chk- folder in "
                  + dir)
          .hasLineCount(1);
      assertThat(outcome.get().code()).isEqualTo(Millrace.FAILURE);
    }
  }

  private Path job(String bootstrap, String dir) throws IOException {
    return JobFile.of(bootstrap, 1)
        .with(
            "checkpoints: {interval: 100ms, restarts: 1, restart_delay: 0s, dir: \"" + dir + "\"}")
        .write(folder);
  }
}
