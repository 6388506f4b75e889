package io.millrace.flink.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.dense.DenseOptimizer;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.ClickEvent;
import io.millrace.kafka.UpdatesTopic;
import io.millrace.runs.FolderPublisher;
import io.millrace.runs.JobMetric;
import io.millrace.runs.RunFiles;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.Scorer;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.GateOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.LearnerOptions;
import io.millrace.spec.PublishOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: what a student learns at an absurd rate reaches no answer: its versions and updates are
 * refused, counted and warned of, and the server answers with the model before, to the bit.
 */
@Timeout(120)
class GateJobTest {

  private static final String STUDENT = "student-learned";
  private static final int GOOD = 660;

  @TempDir Path dir;

  private final List<ClickEvent> events = TestJobs.events(1, 1000, 0, 1);

  @Test
  void aStudentThatDivergesIsNotServed() throws Exception {
    try (Pipeline pipeline = new Pipeline(gated(TestJobs.live()), dir, 1)) {
      pipeline.updates = Duration.ofMillis(200);
      pipeline.publisher =
          new FolderPublisher(pipeline.runDir().toString(), null, pipeline.topics().updates());
      new UpdatesTopic(pipeline.topics(), 1, Duration.ofSeconds(1)).ensure(pipeline.kafka());
      JobClient good = pipeline.start(List.of(), 1, null);
      pipeline.send(0, events.subList(0, GOOD));
      Path folder = pipeline.runDir().resolve(RunFiles.MODELS).resolve("learned");
      await().atMost(Duration.ofSeconds(40)).until(() -> learned(pipeline) > GOOD - 32);
      String savepoint =
          good.stopWithSavepoint(
                  false, dir.resolve("saved").toUri().toString(), SavepointFormatType.CANONICAL)
              .get();
      pipeline.job = faster(pipeline.job);
      JobClient bad = pipeline.start(List.of(), 1, Path.of(URI.create(savepoint)));
      await().atMost(Duration.ofSeconds(40)).until(() -> learned(pipeline) > 0);
      try (ModelFollower server = new ModelFollower(folder, Optional.of(pipeline.kafka()))) {
        server.follow(Duration.ofMillis(100));
        await()
            .atMost(Duration.ofSeconds(40))
            .until(() -> learnedByServer(server) == learned(pipeline));
        float before = answer(server);
        pipeline.send(0, events.subList(GOOD, 1000));
        await().atMost(Duration.ofSeconds(40)).until(() -> refused(pipeline) > 1);
        await().atMost(Duration.ofSeconds(40)).until(() -> warned(pipeline));
        assertThat(learned(pipeline)).isGreaterThan(learnedByServer(server));
        assertThat(answer(server)).isEqualTo(before);
      }
      bad.cancel().get();
    }
  }

  private static JobSpec gated(JobSpec job) {
    PublishOptions publish =
        job.publish()
            .with(PublishOptions::everySeconds, 1)
            .with(PublishOptions::everyEvents, 0L)
            .with(PublishOptions::gate, new GateOptions(200, .05, 2));
    return job.with(JobSpec::publish, publish);
  }

  private static JobSpec faster(JobSpec job) {
    ArmSpec arm = job.arms().get(0);
    TrainerOptions trainer =
        arm.learner()
            .trainer()
            .with(TrainerOptions::dense, DenseOptimizer.of(DenseOptimizer.Rule.ADAM, 50));
    return job.with(
        JobSpec::arms,
        List.of(arm.with(ArmSpec::learner, arm.learner().with(LearnerOptions::trainer, trainer))));
  }

  private static long learned(Pipeline pipeline) {
    return (long) pipeline.gauges.sum(STUDENT, JobMetric.EVENTS_LEARNED_TOTAL);
  }

  private static double refused(Pipeline pipeline) {
    return pipeline.gauges.sum(STUDENT, JobMetric.PUBLISHES_REFUSED_TOTAL);
  }

  private static long learnedByServer(ModelFollower server) {
    return server.current().map(scorer -> scorer.model().eventsLearned()).orElse(0L);
  }

  private float answer(ModelFollower server) {
    return server.current().map((Scorer scorer) -> scorer.score(events.get(0))).orElseThrow();
  }

  private static boolean warned(Pipeline pipeline) throws IOException {
    Path file = pipeline.runDir().resolve(RunFiles.WARNINGS);
    return Files.exists(file) && Files.readString(file).contains("\"publish_refused\"");
  }
}
