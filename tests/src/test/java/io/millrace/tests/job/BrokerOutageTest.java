package io.millrace.tests.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.RunFiles;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: a broker that goes away for a while in the middle, and comes back with its data, costs time
 * and nothing else: the job says what it waits for, and every event counts once.
 */
@Timeout(300)
class BrokerOutageTest {

  private static final int DAYS = 3;
  private static final int COLUMNS = 12; // eight of ids, four of numbers
  private static final int BROKEN = 5;
  private static final int DAY = SmallStream.PER_DAY;

  @TempDir Path folder;

  @Test
  void everyEventCountsOnce() throws Exception {
    goAway(Duration.ofSeconds(10));
  }

  // longer than a producer keeps a record: the job fails, and waits for Kafka in a restart
  @Test
  @Tag("long")
  @Timeout(900)
  void alsoAfterMinutes() throws Exception {
    goAway(Duration.ofMinutes(3));
  }

  private void goAway(Duration outage) throws Exception {
    Path events = SmallStream.writeEvents(folder, DAYS + 1);
    Path data = folder.resolve("kafka");
    EmbeddedBroker broker = EmbeddedBroker.start(data, 0);
    try {
      Path job = JobFile.of(broker, 2).write(folder);
      Replays replays = new Replays(job, events);
      replays.send(2 * DAY);
      try (RunningJob running = RunningJob.start(job, folder.resolve("run"))) {
        running.untilLines(RunFiles.METRICS, JobFile.ARMS);
        broker.close();
        long closed = System.nanoTime();
        running.untilSaid("waiting for Kafka, which does not answer at ");
        Thread.sleep(outage.minusNanos(System.nanoTime() - closed).toMillis());
        broker = EmbeddedBroker.start(data, broker.port());
        running.untilSaid("Kafka answers again at ");

        replays.sendBroken(BROKEN);
        replays.send(DAY);
        replays.send(2); // one to each partition ends the last day
        running.until(() -> counted(running, DAYS * DAY + 2));
        running.untilLines(RunFiles.METRICS, DAYS * JobFile.ARMS);
        running.untilLines(RunFiles.DRIFT, DAYS * COLUMNS);
        assertThat(running.lines(RunFiles.METRICS)).hasSize(DAYS * JobFile.ARMS);
        ResultTopics.assertMetricsHeldOnce(job, running.runDir());
      }
    } finally {
      broker.close();
    }
  }

  /** Whether every event has been trained on, and every broken row been rejected, once. */
  private static boolean counted(RunningJob running, int events) throws IOException {
    String totals =
        "\"read\":%d,\"trained\":%d,\"late_trained\":0,\"dropped_late\":0,\"rejected\":%d,"
            .formatted(events + BROKEN, events, BROKEN);
    List<String> lines = running.lines(RunFiles.COUNTS);
    return !lines.isEmpty() && lines.get(lines.size() - 1).contains(totals);
  }
}
