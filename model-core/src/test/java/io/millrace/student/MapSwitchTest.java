package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.stream.LoopLog;
import io.millrace.stream.SmallJob;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Law: a student uses each map from the first event on that the map may be used for. */
class MapSwitchTest {

  // Law: a live student takes each map at the first full batch after its window, and none before.
  @Test
  void aLiveLoopTakesMapsAsTheyCome() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    LoopLog live = LoopLog.run(events, SmallJob.job(false, 10, 0), 7);
    assertThat(live.lines)
        .filteredOn(l -> l.arm().equals("learned"))
        .extracting(MetricLine::mapVersion)
        .containsExactly(0, 1, 2, 3);
    LoopLog waiting = LoopLog.run(events, SmallJob.job(true, 10, 0), 7);
    assertThat(live.linesBefore(SmallJob.DAY)).isEqualTo(waiting.linesBefore(SmallJob.DAY));
    assertThat(live.lines.toString()).isNotEqualTo(waiting.lines.toString());
  }

  // Law: a teacher that samples nothing gives no map, and its students go on with the plain hash.
  @Test
  void studentsGoOnWithoutMaps() {
    LoopLog log = LoopLog.run(SmallJob.events(3, 200, 1), SmallJob.job(true, 10, 0, 1e-9), 7);
    assertThat(log.checksums.keySet()).noneMatch(map -> map.startsWith("learned")).hasSize(3 * 3);
    assertThat(log.scores("learned")).hasSize(3).isEqualTo(log.scores("modulo"));
    assertThat(log.scores("learned-d")).isEqualTo(log.scores("double"));
    assertThat(log.scores("hot")).isNotEqualTo(log.scores("modulo"));
  }

  // Law: where new ids have more traffic than the gate allows, students of learned and two-level
  // maps go on with a plain hash. The gate closes after the second day. Other students do not
  // change, and nothing changes before.
  @Test
  void newTrafficTurnsMapsIntoAPlainHash() {
    List<ClickEvent> events = SmallJob.events(4, 500, 1);
    JobSpec job = SmallJob.job(true, 10, 0);
    LoopLog open = LoopLog.run(events, job, 7);
    LoopLog gated = LoopLog.run(events, SmallJob.gated(job, SmallJob.GATE), 7);
    assertThat(gated.drift.stream().filter(d -> d.field().equals("big")).map(d -> d.plainHash()))
        .containsExactly(false, true, false, false);
    assertThat(gated.linesBefore(2 * SmallJob.DAY)).isEqualTo(open.linesBefore(2 * SmallJob.DAY));
    for (ArmSpec arm : job.arms()) {
      assertThat(gated.scores(arm.name()).equals(open.scores(arm.name())))
          .as(arm.name())
          .isEqualTo(!arm.hash().valued());
    }
  }
}
