package io.millrace.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.Warning;
import io.millrace.spec.JobSpec;
import io.millrace.stream.SmallJob;
import io.millrace.time.LateGate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Law: a window is warned of if more than 1 % of what was read during it, and ten, came late. */
class LateEventsTest {

  private static final JobSpec JOB = SmallJob.job(true, 10, 0);

  private final List<Warning> warnings = new ArrayList<>();
  private LateEvents watch = new LateEvents(JOB);

  private void at(long watermark, long events, long late) {
    watch.onWatermark(watermark, events, late, warnings::add);
  }

  @Test
  void moreThanOneInAHundred() {
    long day = JOB.windows().sizeMs();
    at(0, 100, 0);
    at(day - 2, 900, 99); // the window is not over yet
    assertThat(warnings).isEmpty();
    at(day - 1, 1_000, 99);
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0).kind()).isEqualTo(Warning.Kind.LATE_EVENTS);
    assertThat(warnings.get(0).count()).isEqualTo(99);
    assertThat(warnings.get(0).time()).isEqualTo(day);
    assertThat(warnings.get(0).message())
        .isEqualTo(
            "99 of 1000 events (9.9 %) that were read while the window from 1970-01-01T00:00:00Z to "
                + Instant.ofEpochMilli(day)
                + " was open came late: their own window had closed, and they were trained on, but"
                + " neither counted nor scored (windows.late: train); if events come out of order,"
                + " raise windows.lateness");
    at(2 * day - 1, 3_000, 119); // 1 %
    at(3 * day - 1, 3_010, 128); // nine
    assertThat(warnings).hasSize(1);
    at(Long.MAX_VALUE, 4_009, 138);
    assertThat(warnings).hasSize(2);
    at(Long.MAX_VALUE, 4_009, 138);
    assertThat(warnings).hasSize(2);
  }

  @Test
  void droppedEventsAreCalledDropped() {
    watch = new LateEvents(JOB.with(JobSpec::late, LateGate.Policy.DROP));
    at(0, 0, 0);
    at(Long.MAX_VALUE, 20, 10);
    assertThat(warnings.get(0).message()).contains("they were dropped (windows.late: drop)");
  }

  @Test
  void aStateContinues() {
    at(0, 100, 0);
    LateEvents next = new LateEvents(JOB);
    next.restore(watch.state());
    watch = next;
    at(Long.MAX_VALUE, 200, 50);
    assertThat(warnings).extracting(Warning::count).containsExactly(50L);
  }
}
