package io.millrace.tests.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.format.BinaryEventCodec;
import io.millrace.jobfile.JobConfig;
import io.millrace.kafka.EventReplay;
import io.millrace.kafka.embedded.EmbeddedBroker;
import io.millrace.runs.RunFiles;
import io.millrace.tests.SmallStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: a partition that stays empty holds windows back for {@code time.idle_after} and no longer;
 * when it wakes up, what it brings for closed windows is learned late and closes nothing again.
 */
@Timeout(300)
class IdlePartitionTest {

  private static final int PARTITIONS = 3;
  private static final int LATE = 100;
  private static final int DAY = SmallStream.PER_DAY;

  @TempDir Path folder;

  // partitions 1 and 2 are empty: 2 shares its reader with partition 0, 1 has one of its own
  @Test
  void windowsCloseWithoutIt() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      Path job =
          JobFile.of(broker, PARTITIONS)
              .with("time: {idle_after: 5s}")
              .with("parallelism: {source: 2}")
              .binary()
              .live()
              .write(folder);
      Partitions topic = new Partitions(JobConfig.read(job));
      List<ClickEvent> events = topic.events();
      topic.send(0, events.subList(0, 2 * DAY + 1));
      try (RunningJob running = RunningJob.start(job, folder.resolve("run"))) {
        running.untilLines(RunFiles.METRICS, 2 * JobFile.ARMS);
        topic.send(1, events.subList(DAY, DAY + LATE));
        topic.send(2, events.subList(DAY, DAY + LATE));
        topic.send(0, events.subList(2 * DAY + 1, 3 * DAY));
        untilRead(running, topic.job(), 3 * DAY + 2 * LATE);
        for (int p = 0; p < PARTITIONS; p++) {
          topic.send(p, events.subList(3 * DAY + p, 3 * DAY + p + 1));
        }
        untilRead(running, topic.job(), 3 * DAY + 2 * LATE + PARTITIONS);
        running.untilLines(RunFiles.METRICS, 3 * JobFile.ARMS);
        assertThat(running.lines(RunFiles.METRICS))
            .hasSize(3 * JobFile.ARMS)
            .allMatch(line -> line.contains("\"events\":" + DAY + ","));
        assertThat(running.lines(RunFiles.METRICS).subList(2 * JobFile.ARMS, 3 * JobFile.ARMS))
            .allMatch(line -> line.contains("\"learned\":" + (3 * DAY + 2 * LATE) + ","));
      }
    }
  }

  // what lies unread in an idle partition cannot hold back others
  private static void untilRead(RunningJob running, JobConfig job, int events) {
    try (CommittedOffsets committed = new CommittedOffsets(job)) {
      running.until(() -> committed.events() == events);
    }
  }

  /** The job's topic, partition by partition. */
  private record Partitions(JobConfig job) {

    Partitions {
      job.kafka().topics().ensure(job.kafka().clients());
    }

    List<ClickEvent> events() {
      return SmallStream.events(SmallStream.stream(4), job.spec().schema());
    }

    void send(int partition, List<ClickEvent> events) {
      BinaryEventCodec codec = new BinaryEventCodec(job.spec().schema(), job.limits());
      EventReplay.run(
          job.kafka().clients(),
          EventReplay.Options.max(job.kafka().topics().events()),
          events.stream()
              .map(e -> new EventReplay.Event(null, codec.encode(e), e.eventTime(), partition))
              .iterator(),
          progress -> {});
    }
  }
}
