package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.counts.CountTable;
import io.millrace.event.WindowSpec;
import io.millrace.spec.CountOptions;
import io.millrace.state.CountDelta;
import io.millrace.state.MapPiece;
import io.millrace.time.MapGrid;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;

/** Tasks of the operator that counts, and what tests send to them and collect. */
final class CountHarness {

  static final WindowSpec WINDOWS = WindowSpec.tumbling(1000);

  static final CountOptions OPTIONS = new CountOptions(1, 8, 100_000, 0);

  static final long FEW_PAGES = 4096;

  static final long UNBOUNDED = Long.MAX_VALUE;

  static final int FIELDS = 2;

  static final int MAX_PARALLELISM = 16;

  static final String CLICKS = "/clicks";

  private CountHarness() {}

  static KeyedOneInputStreamOperatorTestHarness<Integer, CountDelta, MapPiece> harness(
      long pageBytes, int parallelism, int subtask, OperatorSubtaskState state) throws Exception {
    return harness(List.of(), pageBytes, parallelism, subtask, state);
  }

  static KeyedOneInputStreamOperatorTestHarness<Integer, CountDelta, MapPiece> harness(
      List<Integer> dropped,
      long pageBytes,
      int parallelism,
      int subtask,
      OperatorSubtaskState state)
      throws Exception {
    return started(
        OperatorFactory.of(
            CountOperator.class,
            p ->
                new CountOperator(
                    p,
                    new RefreshDecisions.Source(MapGrid.ofPanes(WINDOWS), false, null, null),
                    dropped,
                    OPTIONS,
                    pageBytes)),
        parallelism,
        subtask,
        state);
  }

  static KeyedOneInputStreamOperatorTestHarness<Integer, CountDelta, MapPiece> started(
      OperatorFactory<CountDelta, MapPiece> operator,
      int parallelism,
      int subtask,
      OperatorSubtaskState state)
      throws Exception {
    var harness =
        new KeyedOneInputStreamOperatorTestHarness<Integer, CountDelta, MapPiece>(
            operator, CountDelta::shard, Types.INT, MAX_PARALLELISM, parallelism, subtask);
    harness.setStateBackend(new EmbeddedRocksDBStateBackend());
    harness.setup();
    if (state != null) {
      harness.initializeState(state);
    }
    harness.open();
    return harness;
  }

  /** Adds up what the shards have reported for a pane, by field and id. */
  static void collect(
      AbstractStreamOperatorTestHarness<MapPiece> harness, Map<String, Long> counts) {
    for (Object out : harness.getOutput()) {
      if (out instanceof StreamRecord<?> record && record.getValue() instanceof MapPiece piece) {
        CountTable table = piece.counts();
        for (int i = 0; i < table.size(); i++) {
          if (table.inWindow()[i] > 0) {
            String key = piece.field() + "/" + piece.subWindow() + "/" + table.ids()[i];
            assertThat(counts.put(key, table.inWindow()[i])).isNull();
            assertThat(counts.put(key + CLICKS, table.clicksInWindow()[i])).isNull();
          }
        }
      }
    }
    harness.getOutput().clear();
  }

  static CountDelta delta(int shard, long pane, long id, long count, long clicks) {
    return new CountDelta(shard, pane, new long[] {id}, new long[] {count}, new long[] {clicks});
  }
}
