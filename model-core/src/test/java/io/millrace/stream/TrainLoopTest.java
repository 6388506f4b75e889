package io.millrace.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.random.Seeds;
import io.millrace.spec.JobSpec;
import io.millrace.student.MetricLine;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
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

  // Law: events delivered in any order within the lateness give the same lines and maps to the bit,
  // also where several have equal times; none is early or out of order.
  @Test
  void deliveryWithinTheLatenessChangesNothing() {
    JobSpec job = SmallJob.job(true, 1000, 40);
    List<ClickEvent> events = new ArrayList<>();
    for (ClickEvent e : SmallJob.events(3, 500, 1)) {
      events.add(
          new ClickEvent(e.eventTime() / 10 * 10, e.label(), e.dense(), e.ids(), e.offsets()));
    }
    LoopLog sorted = LoopLog.run(events, job, 7);
    assertThat(sorted.lines).allMatch(line -> line.early() + line.outOfOrder() == 0);
    SplittableRandom random = Seeds.generator(1, "delivery", 0);
    for (int i = 0; i < 2; i++) {
      LoopLog shuffled = LoopLog.run(shuffled(events, 40, random), job, 7);
      assertThat(shuffled.lines.toString()).isEqualTo(sorted.lines.toString());
      assertThat(shuffled.checksums).isEqualTo(sorted.checksums);
      assertThat(shuffled.drift.toString()).isEqualTo(sorted.drift.toString());
      assertThat(shuffled.switches.toString()).isEqualTo(sorted.switches.toString());
    }
  }

  /** Each event at most {@code lateness} ms behind its turn. */
  private static List<ClickEvent> shuffled(
      List<ClickEvent> events, int lateness, SplittableRandom random) {
    record At(ClickEvent event, long turn) {}

    return events.stream()
        .map(event -> new At(event, event.eventTime() + random.nextInt(lateness + 1)))
        .sorted(Comparator.comparingLong(At::turn))
        .map(At::event)
        .toList();
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
