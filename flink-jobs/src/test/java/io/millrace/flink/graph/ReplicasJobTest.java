package io.millrace.flink.graph;

import static io.millrace.runs.JobMetric.CHANGE_BYTES_TOTAL;
import static io.millrace.runs.JobMetric.CHECKPOINT_BYTES;
import static io.millrace.runs.JobMetric.COMMAND_BYTES_TOTAL;
import static io.millrace.runs.JobMetric.CPU_SECONDS_TOTAL;
import static io.millrace.runs.JobMetric.MERGED_ROWS_TOTAL;
import static io.millrace.runs.JobMetric.MERGE_SECONDS_TOTAL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.event.ClickEvent;
import io.millrace.kafka.ChangesTopic;
import io.millrace.maps.MapBuilder;
import io.millrace.runs.FlinkMetric;
import io.millrace.runs.JobMetric;
import io.millrace.runs.ModelPublisher;
import io.millrace.runs.Publication;
import io.millrace.runs.RunFiles;
import io.millrace.snapshot.Origin;
import io.millrace.spec.JobSpec;
import io.millrace.stream.StageTimer;
import io.millrace.stream.TrainLoop;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.watch.DenseLine;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Law: arms with several replicas give the metrics and publish the models of the loop in one
 * thread, to the bit, whatever the partitions, through a restart.
 */
@Timeout(120)
class ReplicasJobTest {

  private static final String SHARE = "millrace.replicas.share";
  private static final int DAYS = 4;
  private static final int PER_DAY = 200;

  @TempDir Path dir;

  /** Writes a hash of each published model under its arm and version; never another one. */
  record Hashes(String folder) implements ModelPublisher {
    @Override
    public Publication prepare(Student arm, Origin.ClosedWindow window) {
      write(Path.of(folder), arm);
      return resume(arm, window);
    }

    @Override
    public Publication resume(Student arm, Origin.ClosedWindow window) {
      return new ModelPublisher.Written(arm.modelVersion(), Optional.empty());
    }
  }

  static void write(Path folder, Student arm) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      arm.model().writeState(new DataOutputStream(bytes));
      Path file = folder.resolve(arm.spec().name() + "-" + arm.modelVersion());
      String hash = Arrays.hashCode(bytes.toByteArray()) + " until " + arm.lastEventTime();
      if (Files.exists(file) && !Files.readString(file).equals(hash)) {
        file = folder.resolve(arm.spec().name() + "-" + arm.modelVersion() + "-again");
      }
      Files.createDirectories(folder);
      Files.writeString(file, hash);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Map<String, String> read(Path folder) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        hashes.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    return hashes;
  }

  private static final class Published implements TrainLoop.Listener {
    private final Path folder;

    Published(Path folder) {
      this.folder = folder;
    }

    @Override
    public void metrics(MetricLine line) {}

    @Override
    public void dense(DenseLine line) {}

    @Override
    public void maps(int field, MapBuilder.Result result) {}

    @Override
    public void publish(Student arm, Student.PublishCause cause) {
      write(folder, arm);
    }
  }

  @AfterEach
  void shareAgain() {
    System.clearProperty(SHARE);
  }

  @ParameterizedTest
  @CsvSource({"2, 1, false", "8, 7, true"})
  void tasksAreTheLoop(int replicas, int partitions, boolean share) throws Exception {
    System.setProperty(SHARE, String.valueOf(share));
    assertLoop(replicas, partitions, replicas, replicas);
  }

  // law: the same with fewer tasks than replicas, and other tasks after the restart
  @Test
  void tasksMayHaveSeveralReplicas() throws Exception {
    assertLoop(5, 1, 2, 3);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1", "1, 2", "1, 7", "2, 2", "2, 7", "4, 1", "4, 2", "4, 7", "8, 1", "8, 2",
  })
  @Tag("long")
  void manyTasksAreTheLoop(int replicas, int partitions) throws Exception {
    assertLoop(replicas, partitions, replicas, replicas);
  }

  /** Runs a job with so many tasks for the replicas of an arm, and others after a restart. */
  private void assertLoop(int replicas, int partitions, int tasks, int tasksAfter)
      throws Exception {
    JobSpec job = TestJobs.replicated(replicas);
    List<ClickEvent> events = TestJobs.events(DAYS, PER_DAY, 0, 1);
    Pipeline.Loop loop = Pipeline.Loop.run(job, events);
    Path expected = dir.resolve("expected");
    try (TrainLoop train =
        new TrainLoop(job, Pipeline.SEED, new Published(expected), StageTimer.NONE)) {
      events.forEach(train::onEvent);
      train.finish();
    }
    int stopped = 2 * PER_DAY + 30;
    try (Pipeline pipeline = new Pipeline(job, dir, partitions)) {
      new ChangesTopic(pipeline.topics(), job.arms().size()).ensure(pipeline.kafka());
      pipeline.publisher = new Hashes(dir.resolve("published").toString());
      List<ClickEvent> later = events.subList(stopped, events.size());
      pipeline.send(events.subList(0, stopped));
      List<Long> ends =
          IntStream.range(0, partitions)
              .mapToObj(p -> pipeline.ends().get(p) + part(later, p, partitions))
              .toList();
      pipeline.replicaTasks = tasks;
      JobClient first = pipeline.start(ends, Math.min(partitions, 2), null);
      await().atMost(Duration.ofSeconds(60)).until(() -> isUnderWay(pipeline, replicas));
      if (replicas > 1) {
        assertCosts(pipeline.gauges);
      }
      String savepoint =
          first
              .stopWithSavepoint(
                  false,
                  dir.resolve("savepoints").toUri().toString(),
                  SavepointFormatType.CANONICAL)
              .get();
      pipeline.send(later);
      pipeline.replicaTasks = tasksAfter;
      pipeline.start(ends, 1, Path.of(URI.create(savepoint))).getJobExecutionResult().get();
      assertThat(pipeline.lines(RunFiles.METRICS)).hasSize(2 * DAYS).isEqualTo(loop.metrics);
      assertThat(pipeline.lines(RunFiles.PULSE)).isEqualTo(loop.pulses);
    }
    assertThat(read(dir.resolve("published"))).isEqualTo(read(expected));
  }

  /** Whether all tasks run and have something to go on from, and replicas have learned. */
  private boolean isUnderWay(Pipeline pipeline, int replicas) {
    return Files.exists(dir.resolve("run/" + RunFiles.METRICS))
        && pipeline.gauges.ofJob(FlinkMetric.CHECKPOINTS) > 0
        && (replicas == 1 || pipeline.gauges.sum("student-learned", MERGED_ROWS_TOTAL) > 0);
  }

  private static void assertCosts(JobGauges gauges) {
    for (JobMetric cost : List.of(COMMAND_BYTES_TOTAL, MERGE_SECONDS_TOTAL, CPU_SECONDS_TOTAL)) {
      assertThat(gauges.sum("student-learned", cost)).as(cost.key()).isPositive();
    }
    boolean bytes = "false".equals(System.getProperty(SHARE));
    assertThat(gauges.sum("student-learned", CHANGE_BYTES_TOTAL) > 0).isEqualTo(bytes);
    for (String task : List.of("student-learned", "replicas-learned")) {
      assertThat(gauges.min(task, CHECKPOINT_BYTES)).as(task).isPositive();
    }
  }

  private static long part(List<ClickEvent> events, int p, int partitions) {
    return Pipeline.ofPartition(events, p, partitions).size();
  }
}
