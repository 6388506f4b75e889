package io.millrace.flink.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.event.ClickEvent;
import io.millrace.runs.RunFiles;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: events that Kafka deletes while a job is stopped are counted and reported when it goes on,
 * or end it where that is wanted; the restart strategy does not try again.
 */
@Timeout(300)
class LostEventsJobTest {

  @TempDir Path dir;

  @Test
  void goneSinceTheSavepoint() throws Exception {
    List<ClickEvent> events = TestJobs.events(1, 300, 0, 1);
    try (Pipeline pipeline = new Pipeline(TestJobs.pruned(""), dir, 1)) {
      pipeline.send(0, events.subList(0, 100));
      JobClient job = pipeline.start(List.of(), 1, null);
      pipeline.untilRead(100);
      String savepoint =
          job.stopWithSavepoint(
                  false, dir.resolve("saved").toUri().toString(), SavepointFormatType.CANONICAL)
              .get();
      pipeline.send(0, events.subList(100, 300));
      pipeline.deleteBefore(0, 160);
      Path from = Path.of(URI.create(savepoint));

      pipeline.failOnLoss = true;
      JobClient failing = pipeline.start(List.of(), 1, from);
      assertThatThrownBy(() -> failing.getJobExecutionResult().get())
          .rootCause()
          .hasMessageContaining("60 events (offsets 100 to 159)")
          .hasMessageContaining("kafka.on_loss");

      pipeline.failOnLoss = false;
      JobClient going = pipeline.start(List.of(), 1, from);
      pipeline.untilRead(300);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> Files.exists(pipeline.runDir().resolve(RunFiles.WARNINGS)));
      assertThat(pipeline.lines(RunFiles.WARNINGS))
          .singleElement()
          .asString()
          .contains("\"kind\":\"lost_events\"", "\"count\":60")
          .contains("partition 0 of t.events: 60 events (offsets 100 to 159) are gone from Kafka");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> Files.exists(pipeline.runDir().resolve(RunFiles.COUNTS)));
      assertThat(pipeline.lines(RunFiles.COUNTS)).anyMatch(line -> line.contains("\"lost\":60,"));
      going.cancel().get();
    }
  }
}
