package io.millrace.flink.operator;

import io.millrace.state.MapPiece;
import io.millrace.state.ReportLine;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;

/** Drives the operator of maps in a harness, whose mail nobody takes by itself. */
final class MapOperators {
  private MapOperators() {}

  /** Takes mail until all maps are built. */
  static void finish(KeyedOneInputStreamOperatorTestHarness<Integer, MapPiece, ReportLine> maps)
      throws Exception {
    ((MapOperator) maps.getOperator()).endInput();
  }
}
