package io.millrace.flink.graph;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.millrace.event.ClickEvent;
import io.millrace.event.IdEncoder;
import io.millrace.hash.MapVersion;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.spec.JobSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.client.JobCancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole job on an embedded broker, against the same steps in one thread. */
@Timeout(120)
class MillraceJobTest {

  private static final int DAYS = 4;
  private static final int PER_DAY = 500;

  @TempDir Path dir;

  // one partition, parallelism 1: every number of the job is the loop's, to the bit
  @Test
  void theJobIsTheLoop() throws Exception {
    JobSpec job = TestJobs.everything(50, 30);
    List<ClickEvent> events = TestJobs.events(DAYS, PER_DAY, 20, 1);
    Pipeline.Loop loop = Pipeline.Loop.run(job, events);
    try (Pipeline pipeline = new Pipeline(job, dir, 1)) {
      pipeline.send(events);
      pipeline.run(1);
      assertThat(pipeline.lines(RunFiles.COUNTS))
          .last()
          .asString()
          .startsWith(
              "{\"complete\":true,\"read\":2000,\"trained\":2000,\"late_trained\":0,"
                  + "\"dropped_late\":0,\"rejected\":0,\"rejects\":{},\"lost\":0,\"seconds\":{");
      assertThat(pipeline.lines(RunFiles.METRICS))
          .hasSize(DAYS * job.arms().size())
          .isEqualTo(loop.metrics);
      assertThat(pipeline.lines(RunFiles.DRIFT)).hasSize(DAYS * 3).isEqualTo(loop.drift);
      int arms = job.arms().size();
      assertThat(pipeline.lines(RunFiles.PULSE))
          .hasSize(DAYS * job.drift().perPane() * (2 + 2 * 2 + 2 * arms))
          .isEqualTo(loop.pulses);
      long mapped = job.arms().stream().filter(arm -> arm.hash().mapped()).count();
      assertThat(pipeline.lines(RunFiles.SWITCHES))
          .hasSize((int) mapped * (DAYS - 1))
          .isEqualTo(loop.switches);
      assertThat(loop.drift.stream().filter(line -> line.contains("\"plain_hash\":true")))
          .hasSize(1);
    }
  }

  // Law: by event time, the job gives the loop's metrics, maps and models to the bit with any
  // number of partitions, readers, counters and builders, where events come within the lateness.
  @ParameterizedTest
  @CsvSource({"2, 1", "3, 3", "7, 1", "7, 3"})
  void partitionsChangeNothing(int partitions, int parallelism) throws Exception {
    JobSpec job = TestJobs.learned(10_000, 300);
    List<ClickEvent> events = TestJobs.events(DAYS, PER_DAY, 200, 8);
    Pipeline.Loop loop = Pipeline.Loop.run(job, events);
    assertThat(loop.metrics)
        .hasSize(DAYS)
        .allMatch(line -> line.contains("\"early\":0,\"out_of_order\":0,"));
    try (Pipeline pipeline = new Pipeline(job, dir, partitions)) {
      pipeline.send(events);
      pipeline.run(parallelism);
      assertThat(pipeline.lines(RunFiles.METRICS)).isEqualTo(loop.metrics);
      assertThat(pipeline.lines(RunFiles.DRIFT)).isEqualTo(loop.drift);
      assertThat(pipeline.lines(RunFiles.SWITCHES)).isNotEmpty().isEqualTo(loop.switches);
      assertThat(pipeline.lines(RunFiles.PULSE)).isEqualTo(loop.pulses);
    }
  }

  // a field without values and labels of one class are said at the end of a short topic, once
  @Test
  void whatIsHardlyMeantIsSaidAtTheEnd() throws Exception {
    JobSpec job = TestJobs.live();
    long none = new IdEncoder(job.schema().fields()).missing(1);
    List<ClickEvent> events = new ArrayList<>();
    for (ClickEvent e : TestJobs.events(1, 100, 0, 6)) {
      long[] ids = {e.ids()[0], none};
      events.add(new ClickEvent(e.eventTime(), 0, e.dense(), ids, new int[] {0, 1, 2}));
    }
    try (Pipeline pipeline = new Pipeline(job, dir, 2)) {
      pipeline.send(events);
      pipeline.run(2);
      assertThat(pipeline.lines(RunFiles.WARNINGS))
          .satisfiesExactlyInAnyOrder(
              line -> assertThat(line).contains("one_class", ": 0 of 50 positive: no "),
              line -> assertThat(line).contains("one_class", ": 0 of 100 positive in the window"),
              line -> assertThat(line).contains("of the first 50 events: small\"}"));
    }
  }

  // four partitions, parallelism 2, out of order within the lateness: every id's count in every
  // window is exact
  @Test
  void countsOfEveryWindowAreExact() throws Exception {
    JobSpec job = TestJobs.learned(10_000, 300);
    List<ClickEvent> events = TestJobs.events(DAYS, PER_DAY, 299, 2);
    try (Pipeline pipeline = new Pipeline(job, dir, 4)) {
      pipeline.send(events);
      pipeline.run(2);
      assertThat(counts(pipeline, job)).isEqualTo(bruteForce(events));
    }
  }

  // a teacher that has learned nothing gives no maps; the students that wait for them go on
  @Test
  void withoutMapsTheJobGoesOn() throws Exception {
    JobSpec job = TestJobs.everything(50, 0, 1e-9, 1);
    List<ClickEvent> events = TestJobs.events(2, PER_DAY, 0, 4);
    Pipeline.Loop loop = Pipeline.Loop.run(job, events);
    try (Pipeline pipeline = new Pipeline(job, dir, 1)) {
      pipeline.send(events);
      pipeline.run(1);
      assertThat(pipeline.lines(RunFiles.METRICS))
          .hasSize(2 * job.arms().size())
          .isEqualTo(loop.metrics);
      assertThat(pipeline.lines(RunFiles.DRIFT)).isEqualTo(loop.drift);
      MapFolder maps = new MapFolder(pipeline.runDir().resolve(RunFiles.MAPS));
      long end = TestJobs.START + TestJobs.DAY;
      assertThat(maps.decided("learned-0.1", "big", end)).isTrue();
      assertThat(maps.find("learned-0.1", "big", end)).isEmpty();
      assertThat(maps.newestEnd("learned-0.1", "big", Long.MAX_VALUE)).isEqualTo(Long.MIN_VALUE);
    }
  }

  // three partitions out of order; the job is cancelled twice in the middle of a day, and goes on
  // from its checkpoint with more of each task that can be split: counts stay exact, lines are
  // there once
  @Test
  void rescalingLosesNothing() throws Exception {
    JobSpec job = TestJobs.learned(10_000, 300);
    List<ClickEvent> events = TestJobs.events(DAYS, PER_DAY, 299, 5);
    List<Long> ends = LongStream.of(0, 1, 2).map(p -> (events.size() + 2 - p) / 3).boxed().toList();
    try (Pipeline pipeline = new Pipeline(job, dir, 3)) {
      Path from = null;
      int sent = 0;
      for (int parallelism = 1; parallelism <= 3; parallelism++) {
        int until = parallelism == 3 ? events.size() : parallelism * PER_DAY * 3 / 2;
        pipeline.send(events.subList(sent, until));
        sent = until;
        JobClient client = pipeline.start(ends, parallelism, from);
        if (parallelism == 3) {
          client.getJobExecutionResult().get();
        } else {
          int days = parallelism;
          await()
              .atMost(Duration.ofSeconds(60))
              .until(
                  () ->
                      Files.exists(pipeline.runDir().resolve(RunFiles.METRICS))
                          && pipeline.lines(RunFiles.METRICS).size() >= days);
          Path seen = newestCheckpoint(pipeline);
          await()
              .atMost(Duration.ofSeconds(60))
              .until(() -> !newestCheckpoint(pipeline).equals(seen));
          client.cancel().get();
          assertThatThrownBy(() -> client.getJobExecutionResult().get())
              .hasRootCauseInstanceOf(JobCancellationException.class);
          from = newestCheckpoint(pipeline);
        }
      }
      assertThat(counts(pipeline, job)).isEqualTo(bruteForce(events));
      assertThat(pipeline.lines(RunFiles.METRICS))
          .hasSize((int) events.stream().map(e -> e.eventTime() / TestJobs.DAY).distinct().count())
          .doesNotHaveDuplicates();
      assertThat(pipeline.lines(RunFiles.METRICS))
          .anyMatch(line -> line.contains("\"learned\":" + events.size() + ","));
    }
  }

  private static Map<Long, Map<Long, Double>> bruteForce(List<ClickEvent> events) {
    Map<Long, Map<Long, Double>> counts = new HashMap<>();
    for (ClickEvent event : events) {
      long end = (event.eventTime() / TestJobs.DAY + 1) * TestJobs.DAY;
      counts.computeIfAbsent(end, e -> new HashMap<>()).merge(event.ids()[0], 1.0, Double::sum);
    }
    return counts;
  }

  /** Window end, id, count, as the maps of the first field have them; without zeros. */
  private static Map<Long, Map<Long, Double>> counts(Pipeline pipeline, JobSpec job)
      throws IOException {
    MapFolder folder = new MapFolder(pipeline.runDir().resolve(RunFiles.MAPS));
    String spec = job.mapSpec(job.arms().get(0));
    Map<Long, Map<Long, Double>> counts = new HashMap<>();
    for (int day = 1; day <= DAYS + 1; day++) {
      long end = TestJobs.START + day * TestJobs.DAY;
      MapVersion map = folder.find(spec, "big", end).orElse(null);
      for (int i = 0; map != null && i < map.size(); i++) {
        if (map.count(i) > 0) {
          counts.computeIfAbsent(end, e -> new HashMap<>()).put(map.id(i), map.count(i));
        }
      }
    }
    return counts;
  }

  // students hold three events, a partition comes seconds after the others: nobody waits for ever,
  // and every event is learned once
  @Test
  void aSlowPartitionBlocksNothing() throws Exception {
    JobSpec job = TestJobs.learned(3, 0);
    List<ClickEvent> events = TestJobs.events(DAYS, PER_DAY, 0, 3);
    try (Pipeline pipeline = new Pipeline(job, dir, 3)) {
      pipeline.send(0, Pipeline.ofPartition(events, 0, 3));
      pipeline.send(1, Pipeline.ofPartition(events, 1, 3));
      List<ClickEvent> slow = Pipeline.ofPartition(events, 2, 3);
      List<Long> ends = pipeline.ends();
      JobClient client =
          pipeline.start(List.of(ends.get(0), ends.get(1), (long) slow.size()), 2, null);
      CompletableFuture<Void> sender =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < slow.size(); i += 100) {
                  pipeline.send(2, slow.subList(i, Math.min(slow.size(), i + 100)));
                }
              },
              CompletableFuture.delayedExecutor(3, java.util.concurrent.TimeUnit.SECONDS));
      client.getJobExecutionResult().get();
      sender.get();
      assertThat(pipeline.lines(RunFiles.METRICS)).hasSize(DAYS);
      assertThat(pipeline.lines(RunFiles.METRICS))
          .last()
          .asString()
          .contains("\"learned\":" + events.size() + ",");
    }
  }

  // cancelled in the middle of a day and taken up from its checkpoint, the job gives the lines of
  // the unbroken one
  @Test
  void aRestartChangesNothing() throws Exception {
    JobSpec job = TestJobs.everything(50, 30);
    List<ClickEvent> events = TestJobs.events(DAYS, PER_DAY, 20, 1);
    Pipeline.Loop loop = Pipeline.Loop.run(job, events);
    int middle = 2 * PER_DAY + PER_DAY / 2 + 7;
    try (Pipeline pipeline = new Pipeline(job, dir, 1)) {
      pipeline.send(events.subList(0, middle));
      JobClient first = pipeline.start(List.of((long) events.size()), 1, null);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  Files.exists(pipeline.runDir().resolve(RunFiles.METRICS))
                      && pipeline.lines(RunFiles.METRICS).size() == 2 * job.arms().size());
      Path seen = newestCheckpoint(pipeline);
      await().atMost(Duration.ofSeconds(60)).until(() -> !newestCheckpoint(pipeline).equals(seen));
      pipeline.send(events.subList(middle, events.size() - PER_DAY / 2));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> pipeline.lines(RunFiles.METRICS).size() == 3 * job.arms().size());
      first.cancel().get();
      assertThatThrownBy(() -> first.getJobExecutionResult().get())
          .hasRootCauseInstanceOf(JobCancellationException.class);
      Path from = newestCheckpoint(pipeline);
      pipeline.send(events.subList(events.size() - PER_DAY / 2, events.size()));
      pipeline.start(List.of((long) events.size()), 1, from).getJobExecutionResult().get();
      pipeline.assertLinesOf(loop);
    }
  }

  // each alert is in the file and in the topic, and the webhook has been told
  @Test
  void alertsGoWhereTheyShould() throws Exception {
    List<String> posted = new CopyOnWriteArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          posted.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    JobSpec job = TestJobs.eager();
    List<ClickEvent> events = TestJobs.events(DAYS, PER_DAY, 0, 1);
    Pipeline.Loop loop = Pipeline.Loop.run(job, events);
    List<String> alerts = loop.alerts.stream().filter(line -> !line.contains("\"loss\"")).toList();
    assertThat(alerts).isNotEmpty();
    try (Pipeline pipeline = new Pipeline(job, dir, 1)) {
      pipeline.webhook = "http://localhost:" + server.getAddress().getPort() + "/";
      pipeline.send(events);
      pipeline.run(1);
      List<String> written = pipeline.lines(RunFiles.ALERTS);
      assertThat(written).containsAll(alerts);
      assertThat(pipeline.alerts(written.size())).isEqualTo(written);
      assertThat(posted).containsExactlyInAnyOrderElementsOf(written);
    } finally {
      server.stop(0);
    }
  }

  static Path newestCheckpoint(Pipeline pipeline) throws IOException {
    try (Stream<Path> files = Files.walk(pipeline.checkpoints())) {
      return files
          .filter(f -> f.endsWith("_metadata"))
          .max(Comparator.comparingLong(f -> f.toFile().lastModified()))
          .map(Path::getParent)
          .orElse(pipeline.checkpoints());
    } catch (UncheckedIOException e) {
      return newestCheckpoint(pipeline); // a checkpoint was deleted meanwhile
    }
  }
}
