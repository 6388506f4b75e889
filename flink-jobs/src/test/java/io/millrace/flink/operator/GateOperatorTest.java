package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventTotals;
import io.millrace.event.RejectedRecord;
import io.millrace.event.Warning;
import io.millrace.jobfile.JobConfig;
import io.millrace.spec.JobSpec;
import io.millrace.state.GatedEvent;
import io.millrace.state.PartitionProgress;
import io.millrace.state.SourceRecord;
import io.millrace.state.TotalsDelta;
import io.millrace.stream.StageTimer;
import io.millrace.values.EventValues;
import io.millrace.values.HotValues.HotValue;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // close() of a harness may throw anything
class GateOperatorTest {

  private static final Duration IDLE_AFTER = Duration.ofSeconds(5);

  private static final String JOB =
      """
      name: gate
      schema:
        label: {column: click}
        time: {column: t, unit: ms}
        categorical: [{columns: site, expected_ids: 10}]
      windows: {size: 1s, late: %s}
      arms: [{name: full, hash: full}]
      """;

  private static OneInputStreamOperatorTestHarness<SourceRecord, GatedEvent> harness(String late)
      throws Exception {
    return harness(late, 1, 0);
  }

  private static OneInputStreamOperatorTestHarness<SourceRecord, GatedEvent> harness(
      String late, int gates, int index) throws Exception {
    JobSpec job = JobConfig.parse(JOB.formatted(late), "job.yaml").spec();
    return new OneInputStreamOperatorTestHarness<>(
        OperatorFactory.of(GateOperator.class, p -> new GateOperator(p, job, IDLE_AFTER)),
        8,
        gates,
        index);
  }

  private static StreamRecord<SourceRecord> event(long time) {
    ClickEvent event = new ClickEvent(time, 1, new float[0], new long[] {1}, new int[] {0, 1});
    EventValues values =
        new EventValues(new int[] {0}, new long[] {1}, new int[] {2}, new byte[] {'a', 'b'});
    return new StreamRecord<>(SourceRecord.of(event, values, null), time);
  }

  private static StreamRecord<SourceRecord> reject(String reason) {
    return new StreamRecord<>(
        SourceRecord.of(new RejectedRecord(null, new byte[] {1}, "t", 0, 5, reason, "why"), null));
  }

  private static EventTotals totals(
      OneInputStreamOperatorTestHarness<SourceRecord, GatedEvent> gate) {
    EventTotals sum = EventTotals.none();
    for (StreamRecord<TotalsDelta> part : gate.getSideOutput(TotalsOutput.TAG)) {
      sum = sum.plus(part.getValue().events());
    }
    return sum;
  }

  // read = trained + rejected + dropped late
  @Test
  void everyRecordIsCountedOnce() throws Exception {
    try (var gate = harness("drop")) {
      gate.open();
      gate.processElement(event(10));
      gate.processElement(reject("not_parseable"));
      gate.processElement(reject("wrong_type"));
      gate.processWatermark(new Watermark(1500));
      gate.processElement(event(20));
      gate.processElement(event(1400));
      gate.endInput();
      assertThat(gate.extractOutputValues()).extracting(GatedEvent::late).containsOnly(false);
      assertThat(gate.getSideOutput(GateOperator.REJECTS)).hasSize(2);
      assertThat(totals(gate))
          .isEqualTo(new EventTotals(2, 0, 1, Map.of("not_parseable", 1L, "wrong_type", 1L)));
    }
  }

  // lost events were never read: they are counted beside the others, and progress not at all
  @Test
  void lostEventsAreCountedBesideThoseRead() throws Exception {
    try (var gate = harness("drop")) {
      gate.open();
      gate.processElement(event(10));
      Warning lost = new Warning(Warning.Kind.LOST_EVENTS, 1, null, "partition 0", 60, "gone");
      Warning idle = new Warning(Warning.Kind.IDLE_PARTITION, 1, null, "partition 0", 7, "idle");
      PartitionProgress progress = new PartitionProgress(0, true, 3, 1, true);
      gate.processElement(new StreamRecord<>(SourceRecord.of(lost)));
      assertThat(totals(gate).lost()).isEqualTo(60); // at once
      gate.processElement(new StreamRecord<>(SourceRecord.of(idle)));
      gate.processElement(new StreamRecord<>(SourceRecord.of(progress)));
      gate.endInput();
      assertThat(gate.getSideOutput(GateOperator.WARNINGS)).hasSize(2);
      assertThat(gate.getSideOutput(GateOperator.PROGRESS))
          .extracting(StreamRecord::getValue)
          .containsExactly(progress);
      assertThat(totals(gate)).isEqualTo(new EventTotals(1, 0, 0, Map.of(), 60));
      assertThat(totals(gate).read()).isEqualTo(1);
    }
  }

  // raw values count where they were read, whatever became of the event; each is told once
  @Test
  void valuesAndRejectsAreToldOnce() throws Exception {
    try (var gate = harness("drop")) {
      gate.open();
      gate.processElement(event(10));
      gate.processElement(reject("wrong_type"));
      gate.prepareSnapshotPreBarrier(1);
      gate.processElement(event(20));
      gate.processWatermark(new Watermark(1500));
      gate.processElement(event(20));
      gate.endInput();
      List<TotalsDelta> deltas =
          gate.getSideOutput(TotalsOutput.TAG).stream().map(StreamRecord::getValue).toList();
      assertThat(deltas).hasSize(3);
      assertThat(deltas)
          .allMatch(t -> t.values().get(0).values().equals(List.of(new HotValue(1, "ab", 1, 0))))
          .allMatch(t -> t.nanos().get(StageTimer.READING) >= 0);
      assertThat(deltas.get(0).rejects())
          .containsExactly(new RejectedRecord(null, null, "t", 0, 5, "wrong_type", "why"));
      assertThat(deltas.get(1).rejects()).isEmpty();
    }
  }

  // events are told when a sub-window ends; raw values, which are large, when a pane ends
  @Test
  void valuesAreToldByPane() throws Exception {
    try (var gate = harness("drop")) {
      gate.open();
      gate.processWatermark(new Watermark(5));
      int before = gate.getSideOutput(TotalsOutput.TAG).size();
      for (int time = 10; time < 1000; time += 10) {
        gate.processElement(event(time));
        gate.processWatermark(new Watermark(time - 1));
      }
      gate.processWatermark(new Watermark(999));
      List<TotalsDelta> deltas =
          gate.getSideOutput(TotalsOutput.TAG).stream()
              .skip(before)
              .map(StreamRecord::getValue)
              .toList();
      assertThat(deltas).hasSizeGreaterThan(2);
      assertThat(deltas.subList(0, deltas.size() - 1)).allMatch(t -> t.values().isEmpty());
      assertThat(deltas.get(deltas.size() - 1).values().get(0).values())
          .containsExactly(new HotValue(1, "ab", 99, 0));
    }
  }

  // Flink forgets watermarks when a job restarts; the gate does not
  @Test
  void aLateEventIsLateAfterARestartToo() throws Exception {
    OperatorSubtaskState state;
    try (var gate = harness("train")) {
      gate.open();
      gate.processWatermark(new Watermark(1500));
      gate.prepareSnapshotPreBarrier(1);
      state = gate.snapshot(1, 0);
    }
    try (var gate = harness("train")) {
      gate.initializeState(state);
      gate.open();
      gate.processElement(event(999));
      gate.processElement(event(1000));
      assertThat(gate.extractOutputValues())
          .extracting(GatedEvent::late)
          .containsExactly(true, false);
    }
  }

  // all gates go on from the lowest watermark of those that were not idle, however many they are
  // then
  @Test
  void severalGatesGoOnFromTheLowestWatermark() throws Exception {
    OperatorSubtaskState state =
        AbstractStreamOperatorTestHarness.repackageState(
            gateAt(3500, false), gateAt(2500, false), gateAt(1500, true));
    for (int gates : new int[] {1, 2}) {
      for (int i = 0; i < gates; i++) {
        OperatorSubtaskState part =
            AbstractStreamOperatorTestHarness.repartitionOperatorState(state, 8, 3, gates, i);
        try (var gate = harness("train", gates, i)) {
          gate.initializeState(part);
          gate.open();
          gate.processElement(event(1999));
          gate.processElement(event(2000));
          assertThat(gate.extractOutputValues())
              .extracting(GatedEvent::late)
              .containsExactly(true, false);
        }
      }
    }
  }

  // a gate knows its own watermark alone: what panes others have closed while it was idle it cannot
  // tell, see the operator's note
  @Test
  void anIdleGateLetsThroughWhatOthersHaveClosed() throws Exception {
    try (var gate = harness("drop")) {
      gate.open();
      gate.processWatermark(new Watermark(500));
      gate.processWatermarkStatus(WatermarkStatus.IDLE);
      gate.processWatermarkStatus(WatermarkStatus.ACTIVE);
      gate.processElement(event(600));
      gate.endInput();
      assertThat(totals(gate)).isEqualTo(new EventTotals(1, 0, 0, Map.of()));
    }
  }

  // the source would say so only with a watermark above its last one, which an old partition that
  // wakes up at the same time can hold back for long
  @Test
  void anIdleGateWakesWithItsFirstEvent() throws Exception {
    try (var gate = harness("train")) {
      gate.open();
      gate.processWatermark(new Watermark(500));
      gate.processWatermarkStatus(WatermarkStatus.IDLE);
      seconds(gate, 0, 60);
      gate.processElement(reject("wrong_type"));
      assertThat(statuses(gate)).containsExactly(WatermarkStatus.IDLE);
      gate.processElement(event(600));
      gate.processElement(event(601));
      assertThat(statuses(gate)).containsExactly(WatermarkStatus.IDLE, WatermarkStatus.ACTIVE);
      seconds(gate, 60, 64);
      gate.processElement(event(602));
      seconds(gate, 64, 68);
      assertThat(statuses(gate)).containsExactly(WatermarkStatus.IDLE, WatermarkStatus.ACTIVE);
      seconds(gate, 68, 78);
      assertThat(statuses(gate))
          .containsExactly(WatermarkStatus.IDLE, WatermarkStatus.ACTIVE, WatermarkStatus.IDLE);
    }
  }

  // while the source says that it is active, silence is its own affair
  @Test
  void anActiveSourceIsBelieved() throws Exception {
    try (var gate = harness("train")) {
      gate.open();
      gate.processWatermarkStatus(WatermarkStatus.IDLE);
      gate.processElement(event(600));
      gate.processWatermarkStatus(WatermarkStatus.ACTIVE);
      gate.processWatermark(new Watermark(599));
      seconds(gate, 0, 60);
      assertThat(statuses(gate))
          .containsOnlyOnce(WatermarkStatus.IDLE)
          .endsWith(WatermarkStatus.ACTIVE);
    }
  }

  private static void seconds(
      OneInputStreamOperatorTestHarness<SourceRecord, GatedEvent> gate, int from, int to)
      throws Exception {
    for (int second = from + 1; second <= to; second++) {
      gate.setProcessingTime(second * 1000L);
    }
  }

  private static List<Object> statuses(
      OneInputStreamOperatorTestHarness<SourceRecord, GatedEvent> gate) {
    return gate.getOutput().stream().filter(WatermarkStatus.class::isInstance).toList();
  }

  private static OperatorSubtaskState gateAt(long watermark, boolean idle) throws Exception {
    try (var gate = harness("train")) {
      gate.open();
      gate.processWatermark(new Watermark(watermark));
      if (idle) {
        gate.processWatermarkStatus(WatermarkStatus.IDLE);
      }
      gate.prepareSnapshotPreBarrier(1);
      return gate.snapshot(1, 0);
    }
  }
}
