package io.millrace.flink.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.event.ClickEvent;
import io.millrace.runs.RunFiles;
import io.millrace.spec.JobSpec;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: whatever the clocks behind a topic do, the job comes to its end, every record is accounted
 * for, and windows hold the events that came in time. Within one partition all is as in the loop,
 * also where events are late, whatever the readers.
 */
@Timeout(120)
class EventTimeJobTest {

  private static final int DAYS = 4;
  private static final int PER_DAY = 200;

  @TempDir Path dir;

  @Test
  void lateEventsAreTrainedOnAlone() throws Exception {
    assertIsTheLoop(TestJobs.learned(1000, 100), late(), 3);
    assertThat(totals()).contains("\"trained\":800,\"late_trained\":80,");
  }

  // two thirds of the events come up to a third of a day late
  @Test
  void lateEventsByArrival() throws Exception {
    JobSpec job = TestJobs.byArrival(TestJobs.learned(50, 0));
    assertIsTheLoop(job, TestJobs.events(DAYS, PER_DAY, 300, 1), 1);
    assertThat(totals()).contains("\"trained\":800,").doesNotContain("\"late_trained\":0,");
  }

  @Test
  void lateEventsAreDropped() throws Exception {
    assertIsTheLoop(TestJobs.dropping(TestJobs.learned(1000, 100)), late(), 1);
    assertThat(totals()).contains("\"late_trained\":0,\"dropped_late\":80,");
  }

  /** All within 100 ms, but every fifth of the last two days is a day and a half behind. */
  private static List<ClickEvent> late() {
    List<ClickEvent> events = new ArrayList<>(TestJobs.events(DAYS, PER_DAY, 100, 1));
    for (int i = 2 * PER_DAY + 1; i < events.size(); i += 5) {
      events.set(i, shift(events.get(i), -TestJobs.DAY * 3 / 2));
    }
    return events;
  }

  // a month ahead, and back again on the third day: what comes then is late
  @Test
  void clocksThatJump() throws Exception {
    List<ClickEvent> events = new ArrayList<>();
    for (ClickEvent event : TestJobs.events(DAYS, PER_DAY, 0, 1)) {
      long day = (event.eventTime() - TestJobs.START) / TestJobs.DAY;
      events.add(shift(event, day == 1 ? 30 * TestJobs.DAY : 0));
    }
    assertIsTheLoop(TestJobs.learned(1000, 0), events, 1);
    assertThat(totals()).contains("\"trained\":800,\"late_trained\":400,");
  }

  // one of a year from now would close every window there is
  @Test
  void eventsFromTheFutureAreRejected() throws Exception {
    JobSpec job = TestJobs.learned(50, 0);
    List<ClickEvent> events = TestJobs.events(DAYS, PER_DAY, 0, 1);
    long ahead = System.currentTimeMillis() + Duration.ofDays(365).toMillis() - TestJobs.START;
    List<ClickEvent> sent = new ArrayList<>(events);
    sent.add(0, shift(events.get(0), ahead));
    sent.add(300, shift(events.get(0), ahead));
    Pipeline.Loop loop = Pipeline.Loop.run(job, events);
    try (Pipeline pipeline = new Pipeline(job, dir, 1)) {
      pipeline.send(sent);
      pipeline.run(1);
      assertThat(pipeline.lines(RunFiles.METRICS)).isEqualTo(loop.metrics);
    }
    assertThat(totals()).contains("\"rejected\":2,\"rejects\":{\"time_out_of_range\":2}");
  }

  // one event 17 months ahead of the others in the middle of a partition changes nothing but itself
  @Test
  void oneEventDoesNotMoveTheClock() throws Exception {
    JobSpec job = TestJobs.learned(50, 0);
    List<ClickEvent> events = TestJobs.events(DAYS, PER_DAY, 0, 1);
    List<ClickEvent> sent = new ArrayList<>(events);
    sent.add(300, shift(events.get(300), Duration.ofDays(517).toMillis()));
    Pipeline.Loop loop = Pipeline.Loop.run(job, events);
    try (Pipeline pipeline = new Pipeline(job, dir, 1)) {
      pipeline.send(sent);
      pipeline.run(1);
      assertThat(pipeline.lines(RunFiles.METRICS)).hasSize(DAYS).isEqualTo(loop.metrics);
      assertThat(pipeline.lines(RunFiles.DRIFT)).isEqualTo(loop.drift);
      assertThat(pipeline.lines(RunFiles.REJECTS))
          .singleElement()
          .asString()
          .contains("\"partition\":0,\"offset\":300,\"reason\":\"time_ahead_of_stream\"");
      assertThat(pipeline.lines(RunFiles.WARNINGS)).hasSize(1);
    }
    assertThat(totals())
        .contains("\"late_trained\":0,", "\"rejects\":{\"time_ahead_of_stream\":1}");
  }

  // the job stops while both partitions hold events behind a gap, and one holds a single event; it
  // goes on with other readers
  @Test
  void whatIsHeldSurvivesARestart() throws Exception {
    JobSpec job = TestJobs.learned(10_000, 0);
    List<ClickEvent> events = new ArrayList<>();
    for (ClickEvent event : TestJobs.events(DAYS, PER_DAY, 0, 1)) {
      long day = (event.eventTime() - TestJobs.START) / TestJobs.DAY;
      events.add(shift(event, day >= 2 ? 30 * TestJobs.DAY : 0));
    }
    int stopped = 2 * PER_DAY + 20; // ten behind the gap in each partition
    events.add(stopped, shift(events.get(0), 90 * TestJobs.DAY));
    List<Long> ends = List.of((long) events.size() / 2 + 1, (long) events.size() / 2);
    try (Pipeline pipeline = new Pipeline(job, dir, 2)) {
      pipeline.send(events.subList(0, stopped + 1));
      JobClient first = pipeline.start(ends, 1, null);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> Files.exists(dir.resolve("run/" + RunFiles.METRICS)));
      Thread.sleep(500); // until all is read that is there; the law holds at any other time too
      String savepoint =
          first
              .stopWithSavepoint(
                  false,
                  dir.resolve("savepoints").toUri().toString(),
                  SavepointFormatType.CANONICAL)
              .get();
      assertThat(pipeline.lines(RunFiles.METRICS)).hasSize(1);
      List<ClickEvent> rest = new ArrayList<>(events.subList(stopped + 1, events.size()));
      pipeline.send(1, Pipeline.ofPartition(rest, 0, 2));
      pipeline.send(0, Pipeline.ofPartition(rest, 1, 2));
      pipeline.start(ends, 2, Path.of(URI.create(savepoint))).getJobExecutionResult().get();
      assertThat(pipeline.lines(RunFiles.METRICS)).hasSize(DAYS);
      assertThat(pipeline.lines(RunFiles.METRICS))
          .allMatch(line -> line.contains("\"events\":" + PER_DAY + ","));
    }
    assertThat(totals())
        .contains(
            "\"trained\":800,\"late_trained\":0,", "\"rejects\":{\"time_ahead_of_stream\":1}");
  }

  // the second partition has always been a day behind the first, and ends a day before it
  @Test
  void aPartitionIsADayBehind() throws Exception {
    JobSpec job = TestJobs.learned(50, 0);
    List<ClickEvent> events = TestJobs.events(DAYS, PER_DAY, 0, 1);
    List<ClickEvent> behind = events.stream().map(e -> shift(e, -TestJobs.DAY)).toList();
    try (Pipeline pipeline = new Pipeline(job, dir, 2)) {
      pipeline.send(0, events);
      pipeline.send(1, behind);
      pipeline.run(2);
      assertThat(pipeline.lines(RunFiles.METRICS)).hasSize(DAYS + 1);
      assertThat(pipeline.lines(RunFiles.METRICS))
          .last()
          .asString()
          .contains("\"learned\":" + 2 * events.size() + ",");
    }
    assertThat(totals()).contains("\"trained\":1600,\"late_trained\":0,");
  }

  private void assertIsTheLoop(JobSpec job, List<ClickEvent> events, int parallelism)
      throws Exception {
    Pipeline.Loop loop = Pipeline.Loop.run(job, events);
    assertThat(loop.metrics).allMatch(line -> line.contains("\"early\":0,\"out_of_order\":0,"));
    try (Pipeline pipeline = new Pipeline(job, dir, 1)) {
      pipeline.send(events);
      pipeline.run(parallelism);
      assertThat(pipeline.lines(RunFiles.METRICS)).isNotEmpty().isEqualTo(loop.metrics);
      assertThat(pipeline.lines(RunFiles.DRIFT)).isEqualTo(loop.drift);
    }
  }

  /** The last line of counts. */
  private String totals() throws IOException {
    List<String> lines = Files.readAllLines(dir.resolve("run/" + RunFiles.COUNTS));
    return lines.get(lines.size() - 1);
  }

  private static ClickEvent shift(ClickEvent e, long ms) {
    return new ClickEvent(e.eventTime() + ms, e.label(), e.dense(), e.ids(), e.offsets());
  }
}
