package io.millrace.flink.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import io.millrace.kafka.ChangesTopic;
import io.millrace.maps.MapBuilder;
import io.millrace.runs.FlinkMetric;
import io.millrace.runs.JobMetric;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.MetricColumns;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.PublishOptions;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.watch.DenseLine;
import io.millrace.watch.Refreshes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Law: a job that goes on from a savepoint, which falls inside an interval, with other numbers of
 * replicas gives the metrics and publishes the models of students in one thread that do so in that
 * interval, to the bit.
 */
@Timeout(120)
class RescaleJobTest {

  private static final int DAYS = 4;
  private static final int PER_DAY = 200;

  /** Inside the fourth interval of the third day. */
  private static final int STOPPED = 2 * PER_DAY + 70;

  /** Events that are merged when that interval has begun; of one replica, when the day has. */
  private static final int MERGED = 2 * PER_DAY + 40;

  @TempDir Path dir;

  /** The maps that are built, by which the students do not matter. */
  private static final class Maps implements TrainLoop.Listener {
    private final List<MapVersion> all = new ArrayList<>();

    @Override
    public void maps(int field, MapBuilder.Result result) {
      all.addAll(result.maps());
    }

    @Override
    public void metrics(MetricLine line) {}

    @Override
    public void dense(DenseLine line) {}

    @Override
    public void publish(Student arm, Student.PublishCause cause) {}

    Student.MapSource source(JobSpec job) {
      return (spec, field, window) ->
          all.stream()
              .filter(map -> map.header().spec().equals(spec))
              .filter(map -> map.field().equals(job.schema().fields().get(field).name()))
              .filter(map -> map.header().windowEnd() == job.windows().paneEnd(window))
              .findFirst()
              .orElse(null);
    }
  }

  /** What students in one thread report. */
  private static final class Expected implements Student.Listener {
    private final List<String> metrics = new ArrayList<>();
    private final Path models;

    Expected(Path models) {
      this.models = models;
    }

    @Override
    public void metrics(MetricLine line) {
      metrics.add(MetricColumns.LINE.json(line));
    }

    @Override
    public void publish(Student student, Student.PublishCause cause) {
      ReplicasJobTest.write(models, student);
    }
  }

  private static JobSpec job(int replicas) {
    JobSpec job = TestJobs.replicated(replicas);
    return job.with(JobSpec::publish, job.publish().with(PublishOptions::everyEvents, 0));
  }

  /** The students of a job in one thread, whose number of replicas changes. */
  private Expected inOneThread(JobSpec before, JobSpec after, List<ClickEvent> events)
      throws IOException {
    Maps maps = new Maps();
    try (TrainLoop train = new TrainLoop(before, Pipeline.SEED, maps, StageTimer.NONE)) {
      events.forEach(train::onEvent);
      train.finish();
    }
    Expected expected = new Expected(dir.resolve("expected"));
    for (int a = 0; a < before.arms().size(); a++) {
      ByteArrayOutputStream state = new ByteArrayOutputStream();
      try (Student first = student(before, before.arms().get(a), maps, expected)) {
        learn(first, events.subList(0, STOPPED));
        first.writeState(new DataOutputStream(state));
      }
      try (Student second = student(after, after.arms().get(a), maps, expected)) {
        second.readState(
            Student.FORMAT, new DataInputStream(new ByteArrayInputStream(state.toByteArray())));
        learn(second, events.subList(STOPPED, events.size()));
        second.onWatermark(Long.MAX_VALUE);
        second.steps().resumeAll();
      }
    }
    Collections.sort(expected.metrics);
    return expected;
  }

  private static Student student(JobSpec job, ArmSpec arm, Maps maps, Expected expected) {
    return new Student(
        job, arm, Pipeline.SEED, maps.source(job), Refreshes.ofWindows(job.mapGrid()), expected);
  }

  private static void learn(Student student, List<ClickEvent> events) {
    for (ClickEvent event : events) {
      student.onEvent(event, false);
      student.onWatermark(event.eventTime());
    }
  }

  @Test
  void fromTwoToFour() throws Exception {
    assertRescaled(2, 4, 2, 3);
  }

  @ParameterizedTest
  @CsvSource({"4, 2, 4, 2", "3, 8, 2, 8", "1, 4, 1, 4"})
  @Tag("long")
  void fromManyToMany(int before, int after, int tasks, int tasksAfter) throws Exception {
    assertRescaled(before, after, tasks, tasksAfter);
  }

  // law: where replicas are gone, each event is still learned once
  @Test
  @Tag("long")
  void fromFourToOne() throws Exception {
    run(4, 1, 3, 1);
    for (String line : Files.readAllLines(dir.resolve("run/" + RunFiles.METRICS))) {
      assertThat(line).contains("\"events\":" + PER_DAY);
    }
  }

  private void assertRescaled(int before, int after, int tasks, int tasksAfter) throws Exception {
    List<String> metrics = run(before, after, tasks, tasksAfter);
    Expected expected = inOneThread(job(before), job(after), TestJobs.events(DAYS, PER_DAY, 0, 1));
    assertThat(metrics).isEqualTo(expected.metrics);
    assertThat(ReplicasJobTest.read(dir.resolve("published")))
        .isEqualTo(ReplicasJobTest.read(dir.resolve("expected")));
  }

  /** Runs the job, and gives its lines of metrics. */
  private List<String> run(int before, int after, int tasks, int tasksAfter) throws Exception {
    List<ClickEvent> events = TestJobs.events(DAYS, PER_DAY, 0, 1);
    List<ClickEvent> later = events.subList(STOPPED, events.size());
    try (Pipeline pipeline = new Pipeline(job(before), dir, 1)) {
      new ChangesTopic(pipeline.topics(), pipeline.job.arms().size()).ensure(pipeline.kafka());
      pipeline.publisher = new ReplicasJobTest.Hashes(dir.resolve("published").toString());
      pipeline.send(events.subList(0, STOPPED));
      List<Long> ends = List.of((long) events.size());
      pipeline.replicaTasks = tasks;
      JobClient first = pipeline.start(ends, 1, null);
      await().atMost(Duration.ofSeconds(60)).until(() -> isThere(pipeline, before));
      Path savepoint = stop(first);
      pipeline.send(later);
      pipeline.job = job(after);
      pipeline.replicaTasks = tasksAfter;
      pipeline.leavesOut = assertNotes(pipeline, savepoint, before, after);
      pipeline.start(ends, 1, savepoint).getJobExecutionResult().get();
      assertThat(pipeline.lines(RunFiles.WARNINGS))
          .filteredOn(line -> line.contains("\"rescaled\""))
          .hasSize(2)
          .allMatch(line -> line.contains("goes on with " + after + " replica"));
      assertThat(pipeline.lines(RunFiles.METRICS)).hasSize(2 * DAYS);
      return pipeline.lines(RunFiles.METRICS);
    }
  }

  /** Whether all students have begun the interval of the last event, or day. */
  private static boolean isThere(Pipeline pipeline, int replicas) {
    int merged = replicas == 1 ? 2 * PER_DAY : MERGED;
    return pipeline.gauges.ofJob(FlinkMetric.CHECKPOINTS) > 0
        && pipeline.gauges.min("student-modulo", JobMetric.EVENTS_LEARNED_TOTAL) >= merged
        && pipeline.gauges.min("student-learned", JobMetric.EVENTS_LEARNED_TOTAL) >= merged;
  }

  private Path stop(JobClient job) throws Exception {
    String folder = dir.resolve("savepoints").toUri().toString();
    return Path.of(
        URI.create(job.stopWithSavepoint(false, folder, SavepointFormatType.CANONICAL).get()));
  }

  /** What the command says of the savepoint. */
  private static boolean assertNotes(Pipeline pipeline, Path savepoint, int before, int after)
      throws IOException {
    Savepoint.Changes changes =
        new Savepoint(savepoint.toString())
            .check(ExpectedState.of(pipeline.job, pipeline.topics(), Pipeline.SEED));
    String replicas = after == 1 ? "1 replica" : after + " replicas";
    String note = "has %s in the job file but %d in the savepoint: it goes on with %d";
    assertThat(changes.notes())
        .containsExactly(
            "arm modulo " + note.formatted(replicas, before, after),
            "arm learned " + note.formatted(replicas, before, after));
    return changes.leavesOut();
  }
}
