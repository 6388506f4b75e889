package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.WindowSpec;
import io.millrace.state.EventTotals;
import io.millrace.state.GatedEvent;
import io.millrace.state.RejectedRecord;
import io.millrace.state.SourceRecord;
import io.millrace.stream.LateGate;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // close() of a harness may throw anything
class GateOperatorTest {

  private static final WindowSpec WINDOWS = WindowSpec.tumbling(1000);

  private static OneInputStreamOperatorTestHarness<SourceRecord, GatedEvent> harness(
      LateGate.Policy policy) throws Exception {
    return new OneInputStreamOperatorTestHarness<>(
        OperatorFactory.of(GateOperator.class, p -> new GateOperator(p, WINDOWS, policy)));
  }

  private static StreamRecord<SourceRecord> event(long time) {
    return new StreamRecord<>(
        SourceRecord.of(new ClickEvent(time, 1, new float[0], new long[] {1}, new int[] {0, 1})),
        time);
  }

  private static StreamRecord<SourceRecord> reject(String reason) {
    return new StreamRecord<>(
        SourceRecord.of(new RejectedRecord(null, new byte[] {1}, "t", 0, 5, reason, "why")));
  }

  private static EventTotals totals(
      OneInputStreamOperatorTestHarness<SourceRecord, GatedEvent> gate) {
    EventTotals sum = EventTotals.none();
    for (StreamRecord<EventTotals> part : gate.getSideOutput(GateOperator.TOTALS)) {
      sum = sum.plus(part.getValue());
    }
    return sum;
  }

  // read = trained + rejected + dropped late
  @Test
  void everyRecordIsCountedOnce() throws Exception {
    try (var gate = harness(LateGate.Policy.DROP)) {
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

  // Flink forgets watermarks when a job restarts; the gate does not
  @Test
  void aLateEventIsLateAfterARestartToo() throws Exception {
    OperatorSubtaskState state;
    try (var gate = harness(LateGate.Policy.TRAIN)) {
      gate.open();
      gate.processWatermark(new Watermark(1500));
      gate.prepareSnapshotPreBarrier(1);
      state = gate.snapshot(1, 0);
    }
    try (var gate = harness(LateGate.Policy.TRAIN)) {
      gate.initializeState(state);
      gate.open();
      gate.processElement(event(999));
      gate.processElement(event(1000));
      assertThat(gate.extractOutputValues())
          .extracting(GatedEvent::late)
          .containsExactly(true, false);
    }
  }
}
