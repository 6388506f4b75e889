package io.millrace.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.spec.JobSpec;
import io.millrace.student.MetricLine;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Laws of the whole loop: equal seeds give equal bits, and the future does not reach the past. */
class TrainLoopTest {

  // Law: equal seeds give equal bits, and another seed gives others.
  @Test
  void equalSeedsGiveEqualBitsAndOthersDoNot() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    JobSpec job = SmallJob.job(true, 10, 0);
    LoopLog a = LoopLog.run(events, job, 7);
    assertThat(a.lines.toString()).isEqualTo(LoopLog.run(events, job, 7).lines.toString());
    assertThat(a.lines.toString()).isNotEqualTo(LoopLog.run(events, job, 8).lines.toString());
  }

  // Law: every arm has a line a window, with all its events; arms without maps stay at version 0.
  @Test
  void everyArmAndWindowHasItsLine() {
    LoopLog log = LoopLog.run(SmallJob.events(4, 500, 1), SmallJob.job(true, 10, 0), 7);
    int arms = SmallJob.job(true, 10, 0).arms().size();
    assertThat(log.lines).hasSize(4 * arms).allMatch(l -> l.overall().events() == 500);
    assertThat(log.lines)
        .filteredOn(l -> l.arm().equals("full"))
        .allMatch(l -> l.mapVersion() == 0);
    assertThat(log.lines)
        .filteredOn(l -> l.arm().equals("learned"))
        .extracting(MetricLine::mapVersion)
        .containsExactly(0, 1, 2, 3);
    assertThat(log.drift).hasSize(4 * 2);
    assertThat(log.published).contains("full 1 INTERVAL", "full 2 WINDOW");
  }

  // Law: events from day 2 on change no prediction and no map before.
  @Test
  void theFutureDoesNotReachThePast() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    List<ClickEvent> flipped = new ArrayList<>();
    for (ClickEvent e : events) {
      float label = e.eventTime() < 2 * SmallJob.DAY ? e.label() : 1 - e.label();
      flipped.add(new ClickEvent(e.eventTime(), label, e.dense(), e.ids(), e.offsets()));
    }
    JobSpec job = SmallJob.job(true, 10, 0);
    LoopLog a = LoopLog.run(events, job, 7);
    LoopLog b = LoopLog.run(flipped, job, 7);
    assertThat(b.linesBefore(2 * SmallJob.DAY)).isEqualTo(a.linesBefore(2 * SmallJob.DAY));
    assertThat(b.checksums.get("learned-0.1@1")).isEqualTo(a.checksums.get("learned-0.1@1"));
    assertThat(b.checksums.get("learned-0.1@2")).isNotEqualTo(a.checksums.get("learned-0.1@2"));
  }
}
