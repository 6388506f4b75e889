package io.millrace.flink.operator;

import io.millrace.state.RecordType;
import io.millrace.state.TotalsDelta;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * The side output by which every operator emits its {@link TotalsDelta} to the {@link
 * TotalsOperator}.
 *
 * <p>Operators emit their deltas before watermarks and barriers, so none is in their state, and
 * events that are repeated after a restart are counted once.
 */
public final class TotalsOutput {

  /** The side output. */
  public static final OutputTag<TotalsDelta> TAG =
      new OutputTag<>("tallies", RecordType.of(new TotalsDelta.Format()));

  private TotalsOutput() {}

  static void emit(Output<?> output, TotalsDelta delta) {
    output.collect(TAG, new StreamRecord<>(delta));
  }

  /** Emits the CPU time of one stage, if it took any. */
  static void spent(Output<?> output, String stage, long nanos) {
    if (nanos > 0) {
      emit(output, TotalsDelta.spent(stage, nanos));
    }
  }
}
