package io.millrace.flink.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.spec.JobSpec;
import io.millrace.spec.RefreshOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.client.JobCancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Maps that are built anew when something has changed, end to end. */
class RefreshTest {

  private static final int DAYS = 4;
  private static final int PER_DAY = 500;

  @TempDir Path dir;

  // law: the job builds the same maps at the same times as the loop in one thread, and its
  // students,
  // which wait for the decisions, give the same numbers, whatever the partitions
  @ParameterizedTest
  @CsvSource({"DRIFT, 1, 1", "BOTH, 3, 3"})
  void theJobEqualsTheLoop(RefreshOptions.When when, int partitions, int parallelism)
      throws Exception {
    JobSpec job = TestJobs.refreshing(when, .9, 10_000, 60);
    List<ClickEvent> events = TestJobs.events(DAYS, PER_DAY, 60, 1);
    Pipeline.Loop loop = Pipeline.Loop.run(job, events);
    assertThat(loop.refreshes)
        .hasSizeGreaterThan(2)
        .anyMatch(line -> line.contains("teacher_ne"))
        .anyMatch(line -> line.contains("label_rate"));
    assertThat(loop.metrics).allMatch(line -> line.contains("\"early\":0,\"out_of_order\":0,"));
    try (Pipeline pipeline = new Pipeline(job, dir, partitions)) {
      pipeline.send(events);
      pipeline.run(parallelism);
      assertThat(pipeline.lines(RunFiles.REFRESHES)).isEqualTo(loop.refreshes);
      assertThat(maps(pipeline)).isEqualTo(loop.maps);
      assertThat(pipeline.lines(RunFiles.METRICS))
          .hasSize(DAYS * job.arms().size())
          .isEqualTo(loop.metrics);
      assertThat(pipeline.lines(RunFiles.DRIFT)).hasSize(DAYS * 3).isEqualTo(loop.drift);
      assertThat(pipeline.lines(RunFiles.SWITCHES)).isEqualTo(loop.switches);
      assertThat(pipeline.lines(RunFiles.PULSE)).isEqualTo(loop.pulses);
      assertThat(pipeline.lines(RunFiles.ALERTS)).isEqualTo(loop.alerts);
    }
  }

  // law: a job that is cancelled in the middle and goes on from its newest checkpoint, where
  // something may be held back, builds the same maps and gives the same lines as the loop
  @Test
  void aRestartChangesNothing() throws Exception {
    JobSpec job = TestJobs.refreshing(RefreshOptions.When.DRIFT, .9, 50, 30);
    List<ClickEvent> events = TestJobs.events(3, PER_DAY, 20, 1);
    Pipeline.Loop loop = Pipeline.Loop.run(job, events);
    assertThat(loop.refreshes).isNotEmpty();
    int middle = PER_DAY + PER_DAY / 2 + 7;
    try (Pipeline pipeline = new Pipeline(job, dir, 1)) {
      pipeline.send(events.subList(0, middle));
      JobClient first = pipeline.start(List.of((long) events.size()), 1, null);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  Files.exists(pipeline.runDir().resolve(RunFiles.METRICS))
                      && pipeline.lines(RunFiles.METRICS).size() == job.arms().size());
      Path seen = MillraceJobTest.newestCheckpoint(pipeline);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> !MillraceJobTest.newestCheckpoint(pipeline).equals(seen));
      pipeline.send(events.subList(middle, events.size() - PER_DAY / 2));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> pipeline.lines(RunFiles.METRICS).size() == 2 * job.arms().size());
      first.cancel().get();
      assertThatThrownBy(() -> first.getJobExecutionResult().get())
          .hasRootCauseInstanceOf(JobCancellationException.class);
      Path from = MillraceJobTest.newestCheckpoint(pipeline);
      pipeline.send(events.subList(events.size() - PER_DAY / 2, events.size()));
      pipeline.start(List.of((long) events.size()), 1, from).getJobExecutionResult().get();
      assertThat(pipeline.lines(RunFiles.REFRESHES)).isEqualTo(loop.refreshes);
      assertThat(maps(pipeline)).isEqualTo(loop.maps);
      pipeline.assertLinesOf(loop);
    }
  }

  // law: at the end of the stream nobody waits for what is told after it, however long nothing has
  // happened before: with this lateness all parts close at the end
  @Test
  void theEndComesAfterGaps() throws Exception {
    JobSpec job = TestJobs.refreshing(RefreshOptions.When.DRIFT, 1, 50, 10 * TestJobs.DAY);
    List<ClickEvent> events = new ArrayList<>(TestJobs.events(DAYS, PER_DAY / 2, 0, 1));
    events.removeIf(event -> (event.eventTime() - TestJobs.START) % TestJobs.DAY > 200);
    Pipeline.Loop loop = Pipeline.Loop.run(job, events);
    try (Pipeline pipeline = new Pipeline(job, dir, 1)) {
      pipeline.send(events);
      pipeline.run(1);
      assertThat(maps(pipeline)).isEqualTo(loop.maps).isNotEmpty();
      assertThat(pipeline.lines(RunFiles.METRICS)).isEqualTo(loop.metrics);
    }
  }

  // law: a map holds the counts of all events before the end of its window and of none after,
  // whatever readers are ahead; nobody waits for ever, with few events held
  @Test
  void mapsHoldWhatCameBefore() throws Exception {
    JobSpec job = TestJobs.refreshing(RefreshOptions.When.BOTH, 1, 3, 300);
    List<ClickEvent> events = TestJobs.events(DAYS, PER_DAY, 299, 2);
    try (Pipeline pipeline = new Pipeline(job, dir, 3)) {
      pipeline.send(events);
      pipeline.run(2);
      MapFolder folder = new MapFolder(pipeline.runDir().resolve(RunFiles.MAPS));
      String spec = job.mapSpec(job.arms().get(1));
      List<Long> ends = folder.ends(spec, "big");
      assertThat(ends).hasSizeGreaterThan(DAYS);
      for (long end : ends) {
        assertThat(counts(folder.find(spec, "big", end).orElseThrow()))
            .as("map of " + end)
            .isEqualTo(before(events, end));
      }
      assertThat(pipeline.lines(RunFiles.METRICS))
          .anyMatch(line -> line.contains("\"learned\":" + events.size() + ","));
    }
  }

  private static Map<Long, Double> counts(MapVersion map) {
    Map<Long, Double> counts = new HashMap<>();
    for (int i = 0; i < map.size(); i++) {
      counts.put(map.id(i), map.count(i));
    }
    return counts;
  }

  private static Map<Long, Double> before(List<ClickEvent> events, long end) {
    Map<Long, Double> counts = new HashMap<>();
    events.stream()
        .filter(event -> event.eventTime() < end)
        .forEach(event -> counts.merge(event.ids()[0], 1.0, Double::sum));
    return counts;
  }

  /** The files of maps of the run, below its folder of maps, sorted. */
  private static List<String> maps(Pipeline pipeline) throws IOException {
    Path root = pipeline.runDir().resolve(RunFiles.MAPS);
    try (Stream<Path> files = Files.walk(root)) {
      List<String> maps = new ArrayList<>();
      files
          .filter(file -> file.toString().endsWith(".map"))
          .forEach(file -> maps.add(root.relativize(file).toString()));
      maps.sort(null);
      return maps;
    }
  }
}
