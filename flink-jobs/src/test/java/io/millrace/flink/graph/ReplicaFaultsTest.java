package io.millrace.flink.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.kafka.ChangesTopic;
import io.millrace.runs.RunFiles;
import io.millrace.spec.JobSpec;
import io.millrace.spec.StudentOptions;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.core.execution.JobClient;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: students that may hold few events, and one of whose replicas is slow, reach their end and
 * report what the loop in one thread does, to the bit, while students and replicas fail.
 */
class ReplicaFaultsTest {

  private static final int PER_DAY = 200;
  private static final int PART = PER_DAY / 2;
  private static final int REPLICAS = 3;
  private static final int INTERVALS_PER_DAY = 10;

  /** Elements of a replica in an interval: its only batch, and a message before and after. */
  private static final int BATCH = PER_DAY / INTERVALS_PER_DAY / REPLICAS + 2;

  @TempDir Path dir;

  @Test
  @Timeout(120)
  void endsThoughTasksFail() throws Exception {
    run(3, 2);
  }

  @Test
  @Timeout(300)
  @Tag("long")
  void endsThoughTasksFailOften() throws Exception {
    run(12, 20);
  }

  /**
   * Sends the events of half a day before each failure; every second one waits for a checkpoint.
   */
  private void run(int days, int failures) throws Exception {
    JobSpec small = TestJobs.replicated(REPLICAS);
    StudentOptions student = small.student().with(StudentOptions::maxHeld, 10);
    JobSpec job = small.with(JobSpec::student, student);
    List<ClickEvent> events = TestJobs.events(days, PER_DAY, 0, 1);
    Pipeline.Loop loop = Pipeline.Loop.run(job, events);
    Faults faults =
        new Faults(
            List.of("student-modulo", "student-learned", "replicas-modulo", "replicas-learned"), 5);
    try (Pipeline pipeline = new Pipeline(job, dir, 1)) {
      new ChangesTopic(pipeline.topics(), job.arms().size()).ensure(pipeline.kafka());
      pipeline.restarts = failures;
      pipeline.graph = graph -> faults.into(graph, 1, BATCH, 50);
      int sent = events.size() - failures * PART;
      pipeline.send(events.subList(0, sent));
      JobClient client = pipeline.start(List.of((long) events.size()), 1, null);
      for (int i = 0; i < failures; i++, sent += PART) {
        pipeline.send(events.subList(sent, sent + PART));
        if (i % 2 == 0) {
          faults.awaitCheckpoint();
        }
        faults.strike();
      }
      client.getJobExecutionResult().get();
      assertThat(pipeline.lines(RunFiles.METRICS)).hasSize(2 * days).isEqualTo(loop.metrics);
      assertThat(pipeline.lines(RunFiles.PULSE)).isEqualTo(loop.pulses);
    }
  }
}
