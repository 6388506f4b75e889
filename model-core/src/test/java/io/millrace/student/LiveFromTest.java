package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.MapWaiting;
import io.millrace.spec.RefreshOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.stream.LoopLog;
import io.millrace.stream.SmallJob;
import io.millrace.watch.Refreshes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Law: a student that goes over to live has learned from events before as one that waits for maps,
 * to the bit, and waits for none after.
 */
class LiveFromTest {

  private static final int DAYS = 5;
  private static final int PER_DAY = 300;
  private static final List<ClickEvent> EVENTS = SmallJob.events(DAYS, PER_DAY, 1);
  private static final JobSpec REPLAY =
      SmallJob.refreshing(
          SmallJob.job(true, 10_000, 0),
          new RefreshOptions(RefreshOptions.When.WINDOWS, 2, 6),
          new DriftOptions(24, 2, 12, 8, Map.of()),
          "learned");
  private static final JobSpec JOB =
      REPLAY.with(
          JobSpec::student,
          REPLAY.student().with(StudentOptions::waitForMaps, MapWaiting.UNTIL_LIVE));

  private static LoopLog replay;
  private static Map<Long, MapVersion> maps;

  @BeforeAll
  static void replay() {
    replay = LoopLog.run(EVENTS, REPLAY, 7);
    maps = replay.maps.stream().collect(Collectors.toMap(m -> m.header().windowEnd(), m -> m));
  }

  /** A student whose maps are all there, and which of them it has asked for. */
  private static final class Run {
    final List<Long> asked = new ArrayList<>();
    final List<MetricLine> lines = new ArrayList<>();
    final Student student;
    boolean there = true;

    Run(JobSpec job) {
      Student.MapSource source =
          new Student.MapSource() {
            @Override
            public boolean ready(String spec, int field, long subWindow) {
              return there;
            }

            @Override
            public MapVersion await(String spec, int field, long subWindow) {
              long end = job.mapGrid().end(subWindow);
              asked.add(end);
              return maps.get(end);
            }
          };
      Student.Listener listener =
          new Student.Listener() {
            @Override
            public void metrics(MetricLine line) {
              lines.add(line);
            }

            @Override
            public void publish(Student published, Student.PublishCause cause) {}
          };
      Refreshes decisions = Refreshes.ofWindows(job.mapGrid());
      student = new Student(job, job.arms().get(0), 7, source, decisions, listener);
    }

    Run days(int from, int to) {
      for (ClickEvent event : EVENTS.subList(from * PER_DAY, to * PER_DAY)) {
        student.onWatermark(event.eventTime() - 1);
        student.onEvent(event, false);
      }
      student.onWatermark(to * SmallJob.DAY - 1);
      return this;
    }

    /** Offers the map of a day, as soon as it may be used. */
    void offer(int day) {
      assertThat(student.mapsUntil()).isEqualTo((day + 1) * SmallJob.DAY);
      student.offer(0, maps.get((day + 1) * SmallJob.DAY));
    }

    List<String> text(int days) {
      return lines.stream().limit(days).map(Object::toString).toList();
    }
  }

  private static List<Long> ends(int days) {
    return LongStream.range(1, days).map(day -> day * SmallJob.DAY).boxed().toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, DAYS})
  void eventsBeforeAreThoseOfAReplay(int days) {
    Run run = new Run(JOB);
    assertThat(run.student.liveFrom().known()).isFalse();
    run.student.liveFrom().set(days * SmallJob.DAY);
    run.student.liveFrom().set((days + 1) * SmallJob.DAY); // the first one wins
    assertThat(run.student.liveFrom().known()).isTrue();
    for (int day = 0; day < DAYS; day++) {
      assertThat(run.student.liveFrom().live()).isEqualTo(day >= days);
      run.days(day, day + 1);
    }
    assertThat(run.text(days)).isEqualTo(replay.linesBefore(days * SmallJob.DAY));
    assertThat(run.asked).isEqualTo(ends(days));
    assertThat(run.lines)
        .hasSize(DAYS)
        .last()
        .extracting(MetricLine::mapVersion)
        .isEqualTo(days - 1);
  }

  // a builder is behind: events are held back until the student hears that it need not wait
  @Test
  void whatIsHeldBackGoesOn() {
    Run run = new Run(JOB).days(0, 2);
    run.there = false;
    run.days(2, 3);
    assertThat(run.lines).hasSize(2);
    assertThat(run.student.mapsUntil()).isEqualTo(2 * SmallJob.DAY);
    assertThat(run.student.mapsFrom()).isEqualTo(2 * SmallJob.DAY);
    run.student.liveFrom().set(2 * SmallJob.DAY);
    assertThat(run.student.liveFrom().live()).isTrue();
    run.offer(1);
    run.student.steps().resumeAll();
    run.days(3, DAYS);
    assertThat(run.lines).hasSize(DAYS);
    assertThat(run.asked).containsExactly(SmallJob.DAY);
    assertThat(run.text(2)).isEqualTo(replay.linesBefore(2 * SmallJob.DAY));
    assertThat(run.lines.get(2).mapVersion()).isEqualTo(2);
    assertThat(run.student.mapsFrom()).isEqualTo(Long.MAX_VALUE);
  }

  // offered maps go on trial; those that were waited for have not
  @Test
  void offeredMapsTakeOver() {
    Run run = new Run(JOB);
    run.student.liveFrom().set(2 * SmallJob.DAY);
    run.days(0, 2);
    for (int day = 2; day < DAYS; day++) {
      run.offer(day - 1);
      run.days(day, day + 1);
    }
    assertThat(run.lines.stream().map(MetricLine::mapVersion))
        .isEqualTo(IntStream.range(0, DAYS).boxed().toList());
  }

  @Test
  void aTopicWithoutEventsIsLiveAtOnce() {
    Run run = new Run(JOB);
    run.student.liveFrom().set(Long.MIN_VALUE);
    assertThat(run.student.liveFrom().live()).isTrue();
    run.days(0, DAYS);
    assertThat(run.asked).isEmpty();
    assertThat(run.lines).hasSize(DAYS);
  }

  // before it is known, before the end, and after it
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void aRestoredStudentGoesOn(int restart) throws IOException {
    Run whole = new Run(JOB);
    Run first = new Run(JOB);
    for (Run run : List.of(whole, first)) {
      run.days(0, 1);
      if (restart > 1) {
        run.student.liveFrom().set(3 * SmallJob.DAY);
      }
      run.days(1, restart);
    }
    Run second = new Run(JOB);
    copy(first.student, second.student);
    for (Run run : List.of(whole, second)) {
      assertThat(run.student.liveFrom().known()).isEqualTo(restart > 1);
      assertThat(run.student.liveFrom().live()).isEqualTo(restart > 3);
      run.student.liveFrom().set(3 * SmallJob.DAY);
      run.days(restart, DAYS);
    }
    assertThat(second.text(DAYS)).isEqualTo(whole.text(DAYS).subList(restart, DAYS));
  }

  // from a job that has gone over, to jobs that always or never wait, and back
  @Test
  void theKeyDecidesAfterARestore() throws IOException {
    Run gone = new Run(JOB);
    gone.student.liveFrom().set(SmallJob.DAY);
    gone.days(0, 2);
    Run always = new Run(REPLAY);
    copy(gone.student, always.student);
    assertThat(always.student.liveFrom().live()).isFalse();
    always.days(2, 4);
    assertThat(always.asked).containsExactly(3 * SmallJob.DAY);
    Run back = new Run(JOB);
    copy(always.student, back.student);
    assertThat(back.student.liveFrom().live()).isTrue();
    Run never =
        new Run(
            SmallJob.refreshing(
                SmallJob.job(false, 10_000, 0), JOB.hash().refresh(), JOB.drift(), "learned"));
    assertThat(never.student.liveFrom().live()).isTrue();
    copy(always.student, never.student);
    never.days(4, DAYS);
    assertThat(never.asked).isEmpty();
  }

  private static void copy(Student from, Student to) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    from.writeState(new DataOutputStream(bytes));
    to.readState(
        Student.FORMAT, new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
  }
}
