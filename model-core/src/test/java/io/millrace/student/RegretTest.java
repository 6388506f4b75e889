package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Law: a shadow is the student that never got the new map, and changes nothing in its student. */
class RegretTest {

  private static final int DAY_ONE = 800;
  private static final int DAY_TWO = 40;
  private static final JobSpec JOB = SmallJob.job(true, 10, 0);

  /** A long day, and a second one of as many events as shadows live for. */
  private static final List<ClickEvent> EVENTS = events();

  private static final Map<String, MapVersion> MAPS = maps();

  private static List<ClickEvent> events() {
    List<ClickEvent> events = new ArrayList<>(SmallJob.events(1, DAY_ONE, 3));
    for (ClickEvent event : SmallJob.events(1, DAY_TWO, 4)) {
      events.add(
          new ClickEvent(
              SmallJob.DAY + event.eventTime(),
              event.label(),
              event.dense(),
              event.ids(),
              event.offsets()));
    }
    return events;
  }

  /** The maps of the first day. */
  private static Map<String, MapVersion> maps() {
    Map<String, MapVersion> maps = new HashMap<>();
    LoopLog.run(EVENTS.subList(0, DAY_ONE), JOB, 7)
        .maps
        .forEach(map -> maps.put(map.header().spec() + map.field(), map));
    return maps;
  }

  private static List<SwitchLine> switches(JobSpec job, List<ClickEvent> events) {
    return LoopLog.run(events, job, 7).switches;
  }

  // Law: a live student, whose maps take over between two batches, is compared once a window too.
  @Test
  void liveStudentsAreComparedOnceAWindow() {
    JobSpec live = SmallJob.job(false, 10, 0);
    List<SwitchLine> switches = switches(live, SmallJob.events(3, 500, 3));
    for (ArmSpec arm : live.arms()) {
      List<SwitchLine> lines =
          switches.stream().filter(line -> line.arm().equals(arm.name())).toList();
      assertThat(lines).as(arm.name()).hasSize(arm.hash().mapped() ? 2 : 0);
      for (int i = 0; i < lines.size(); i++) {
        assertThat(lines.get(i).mapVersion()).isEqualTo(i + 1);
        assertThat(lines.get(i).beforeVersion()).isEqualTo(i);
        assertThat(lines.get(i).events()).isEqualTo(32);
        assertThat(lines.get(i).time()).isBetween((i + 1) * SmallJob.DAY, (i + 2) * SmallJob.DAY);
        assertThat(lines.get(i).regret()).isFinite();
      }
    }
  }

  // Law: without enough memory for a shadow there is none.
  @Test
  void aStudentTooLargeForASecondOneIsNotCompared() {
    assertThat(switches(regretting(40, 256), EVENTS)).isNotEmpty();
    assertThat(switches(regretting(40, 0), EVENTS)).isEmpty();
  }

  private static JobSpec regretting(int events) {
    return regretting(events, 256);
  }

  private static JobSpec regretting(int events, int memoryMb) {
    return JOB.with(
        JobSpec::student,
        JOB.student()
            .with(StudentOptions::regretEvents, events)
            .with(StudentOptions::regretMemoryMb, memoryMb));
  }

  /** A student, and what it has reported. */
  private static final class Run {
    final JobSpec job;
    final ArmSpec spec;
    final boolean mapped;
    final List<MetricLine> metrics = new ArrayList<>();
    final List<SwitchLine> switches = new ArrayList<>();
    private Student arm;

    Run(String arm, int regret, boolean mapped) {
      this.job = regretting(regret);
      this.spec = job.arms().stream().filter(a -> a.name().equals(arm)).findFirst().orElseThrow();
      this.mapped = mapped;
      this.arm = create();
    }

    private Student create() {
      Student.Listener listener =
          new Student.Listener() {
            @Override
            public void metrics(MetricLine line) {
              metrics.add(line);
            }

            @Override
            public void switched(SwitchLine line) {
              switches.add(line);
            }

            @Override
            public void publish(Student published, Student.PublishCause cause) {}
          };
      Student.MapSource source =
          (kind, field, pane) ->
              mapped ? MAPS.get(kind + job.schema().fields().get(field).name()) : null;
      return new Student(job, spec, 7, source, Refreshes.ofWindows(job.mapGrid()), listener);
    }

    Run learn(int from, int to) {
      for (ClickEvent event : EVENTS.subList(from, to)) {
        if (event.eventTime() == SmallJob.DAY) {
          arm.onWatermark(SmallJob.DAY - 1);
        }
        arm.onEvent(event, false);
      }
      return this;
    }

    Run end() {
      arm.onWatermark(Long.MAX_VALUE);
      return this;
    }

    byte[] state() throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      arm.writeState(new DataOutputStream(bytes));
      return bytes.toByteArray();
    }

    Run restart() throws IOException {
      byte[] state = state();
      arm.close();
      arm = create();
      arm.readState(Student.FORMAT, new DataInputStream(new ByteArrayInputStream(state)));
      assertThat(state()).isEqualTo(state);
      return this;
    }
  }

  // Law: log losses with and without the new map are those of two students trained apart, also
  // after a restart in the middle of the comparison.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "freq-double",
        "hot",
        "learned",
        "learned-d",
        "learned-mixed",
        "learned-pep",
        "learned-mlet",
        "two-level"
      })
  void regretIsAgainstTheStudentThatKeptItsMap(String arm) throws IOException {
    int all = DAY_ONE + DAY_TWO;
    Run with = new Run(arm, DAY_TWO, true).learn(0, all).end();
    Run without = new Run(arm, 0, true).learn(0, all).end();
    Run kept = new Run(arm, 0, false).learn(0, all).end();
    assertThat(without.switches).isEmpty();
    assertThat(with.metrics).hasToString(without.metrics.toString());
    assertThat(with.switches).hasSize(1);
    SwitchLine line = with.switches.get(0);
    assertThat(line.arm()).isEqualTo(arm);
    assertThat(line.time()).isEqualTo(SmallJob.DAY);
    assertThat(line.beforeVersion()).isZero();
    assertThat(line.mapVersion()).isEqualTo(1);
    assertThat(line.events()).isEqualTo(DAY_TWO);
    assertThat(line.logLoss()).isEqualTo(with.metrics.get(1).overall().logLoss());
    assertThat(line.shadowLogLoss()).isEqualTo(kept.metrics.get(1).overall().logLoss());
    assertThat(line.regret()).isNotZero();

    Run restarted = new Run(arm, DAY_TWO, true).learn(0, DAY_ONE + 35).restart();
    restarted.learn(DAY_ONE + 35, all).end();
    assertThat(restarted.switches).isEqualTo(with.switches);
    assertThat(restarted.metrics).hasToString(with.metrics.toString());
    assertThat(restarted.state()).isEqualTo(with.state());
  }

  // Law: a shadow lives for the first batches that hold the events asked for, but no longer than a
  // twentieth of the last window.
  @ParameterizedTest
  @ValueSource(ints = {1, 32, 33, 1_000_000})
  void aShadowDoesNotLiveForEver(int events) {
    Run run = new Run("learned", events, true).learn(0, DAY_ONE + DAY_TWO).end();
    assertThat(run.switches.get(0).events()).isEqualTo(events <= 32 ? 32 : DAY_TWO);
    assertThat(new Run("learned", events, true).learn(0, DAY_ONE).end().switches).isEmpty();
  }
}
