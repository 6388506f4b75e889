package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventTotals;
import io.millrace.event.RejectedRecord;
import io.millrace.flink.graph.TestJobs;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.DenseColumns;
import io.millrace.spec.JobSpec;
import io.millrace.state.ReportLine;
import io.millrace.state.TotalsDelta;
import io.millrace.values.HotValues;
import io.millrace.values.HotValues.HotValue;
import io.millrace.watch.DenseDrift;
import io.millrace.watch.DensePanes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.TwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // close() of a harness may throw anything
class TotalsOperatorTest {

  private static final JobSpec JOB = TestJobs.learned(10, 0);

  private static TwoInputStreamOperatorTestHarness<TotalsDelta, TotalsDelta, ReportLine> harness()
      throws Exception {
    return new TwoInputStreamOperatorTestHarness<>(new TotalsOperator(JOB, 7));
  }

  private static StreamRecord<TotalsDelta> delta(long trained, long nanos, HotValue... values) {
    return new StreamRecord<>(
        new TotalsDelta(
            new EventTotals(trained, 0, 0, Map.of()),
            Map.of("teacher", nanos),
            List.of(),
            List.of(new HotValues.Counted(List.of(values), 0)),
            Map.of()));
  }

  private static StreamRecord<TotalsDelta> rejects(int told, int counted) {
    RejectedRecord one = new RejectedRecord(null, null, "t", 1, 2, "wrong_type", "why");
    return new StreamRecord<>(
        new TotalsDelta(
            new EventTotals(0, 0, 0, Map.of("wrong_type", (long) counted)),
            Map.of(),
            Collections.nCopies(told, one),
            List.of(),
            Map.of()));
  }

  private static List<String> lines(
      TwoInputStreamOperatorTestHarness<TotalsDelta, TotalsDelta, ReportLine> totals,
      ReportLine.Kind kind) {
    return totals.extractOutputValues().stream()
        .filter(line -> line.kind() == kind)
        .map(ReportLine::json)
        .toList();
  }

  // what came before a restart and after it adds up; values of several gates are one
  @Test
  void deltasAddUp() throws Exception {
    OperatorSubtaskState state;
    try (var totals = harness()) {
      totals.open();
      totals.processElement1(delta(3, 1_500_000_000, new HotValue(1, "a", 5, 0)));
      totals.processElement2(new StreamRecord<>(TotalsDelta.spent("teacher", 500_000_000)));
      totals.processWatermark1(new Watermark(5));
      totals.processElement1(delta(1, 0, new HotValue(2, "b", 6, 0)));
      totals.processWatermark1(new Watermark(6)); // within the same pane
      assertThat(lines(totals, ReportLine.Kind.COUNTS)).hasSize(1);
      state = totals.snapshot(1, 0);
      totals.processElement1(delta(100, 1));
    }
    try (var totals = harness()) {
      totals.initializeState(state);
      totals.open();
      totals.processElement1(delta(4, 0, new HotValue(1, "a", 7, 0)));
      totals.endInput1();
      assertThat(lines(totals, ReportLine.Kind.COUNTS)).isEmpty();
      totals.endInput2();
      assertThat(lines(totals, ReportLine.Kind.COUNTS))
          .containsExactly(
              "{\"complete\":true,\"read\":8,\"trained\":8,\"late_trained\":0,\"dropped_late\":0,"
                  + "\"rejected\":0,\"rejects\":{},\"lost\":0,\"seconds\":{\"teacher\":2.0}}");
      assertThat(lines(totals, ReportLine.Kind.VALUES))
          .containsExactly(
              "{\"field\":\"big\",\"id\":1,\"value\":\"a\",\"count\":12,\"error\":0}\n"
                  + "{\"field\":\"big\",\"id\":2,\"value\":\"b\",\"count\":6,\"error\":0}");
    }
  }

  // the first rejects are written as they come, and no more of them, also after a restart
  @Test
  void rejectsAreBounded() throws Exception {
    OperatorSubtaskState state;
    try (var totals = harness()) {
      totals.open();
      totals.processElement1(rejects(RunFiles.FIRST_REJECTS - 10, RunFiles.FIRST_REJECTS - 10));
      assertThat(lines(totals, ReportLine.Kind.REJECT))
          .hasSize(RunFiles.FIRST_REJECTS - 10)
          .containsOnly(
              "{\"row\":null,\"partition\":1,\"offset\":2,\"reason\":\"wrong_type\","
                  + "\"message\":\"why\",\"file\":null}");
      state = totals.snapshot(1, 0);
    }
    try (var totals = harness()) {
      totals.initializeState(state);
      totals.open();
      totals.processElement1(rejects(RunFiles.FIRST_REJECTS, 2_000_000));
      totals.processElement1(rejects(1, 1));
      assertThat(lines(totals, ReportLine.Kind.REJECT)).hasSize(10);
    }
  }

  // what gates tell of a pane in parts, some before a restart, is one line when the pane ends; what
  // comes for it later is left out
  @Test
  void denseColumnsOfSeveralGatesAreOneLine() throws Exception {
    List<ClickEvent> events = TestJobs.events(3, 400, 0, 5);
    List<String> expected = new ArrayList<>();
    DenseDrift whole = new DenseDrift(JOB, 7);
    events.forEach(whole::add);
    whole.onWatermark(Long.MAX_VALUE, line -> expected.add(DenseColumns.LINE.json(line)));
    assertThat(expected).hasSize(3);
    OperatorSubtaskState state;
    List<String> found;
    try (var totals = harness()) {
      totals.open();
      totals.processElement1(dense(events.subList(0, 170)));
      totals.processElement1(dense(events.subList(300, 700)));
      totals.processElement1(dense(events.subList(170, 300)));
      totals.processWatermark1(new Watermark(TestJobs.START + TestJobs.DAY - 1));
      totals.processElement1(dense(events.subList(0, 10)));
      found = new ArrayList<>(lines(totals, ReportLine.Kind.DRIFT));
      assertThat(found).hasSize(1);
      state = totals.snapshot(1, 0);
    }
    try (var totals = harness()) {
      totals.initializeState(state);
      totals.open();
      totals.processElement1(dense(events.subList(900, 1200)));
      totals.processElement1(dense(events.subList(700, 900)));
      totals.processWatermark1(new Watermark(Long.MAX_VALUE));
      found.addAll(lines(totals, ReportLine.Kind.DRIFT));
    }
    assertThat(found).isEqualTo(expected);
  }

  private static StreamRecord<TotalsDelta> dense(List<ClickEvent> events) {
    DensePanes panes = new DensePanes(JOB);
    events.forEach(panes::add);
    return new StreamRecord<>(
        new TotalsDelta(EventTotals.none(), Map.of(), List.of(), List.of(), panes.take()));
  }
}
