package io.millrace.flink.operator;

import io.millrace.state.RecordType;
import io.millrace.state.Tally;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * The way of every operator's {@link Tally} to the {@link TotalsOperator}.
 *
 * <p>Tallies leave before watermarks and barriers, so an operator keeps nothing of them, and what a
 * restart repeats is counted once.
 */
public final class Tallies {

  /** The side output they leave by. */
  public static final OutputTag<Tally> TAG =
      new OutputTag<>("tallies", RecordType.of(new Tally.Format()));

  private Tallies() {}

  static void send(Output<?> output, Tally tally) {
    output.collect(TAG, new StreamRecord<>(tally));
  }

  /** Sends the CPU time of one part, if it took any. */
  static void spent(Output<?> output, String part, long nanos) {
    if (nanos > 0) {
      send(output, Tally.spent(part, nanos));
    }
  }
}
