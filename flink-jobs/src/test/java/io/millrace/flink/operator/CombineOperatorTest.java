package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.counts.IdCounts;
import io.millrace.event.ClickEvent;
import io.millrace.event.WindowSpec;
import io.millrace.random.Seeds;
import io.millrace.state.CountDelta;
import io.millrace.state.GatedEvent;
import io.millrace.time.MapGrid;
import io.millrace.time.WatchGrid;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // close() of a harness may throw anything
class CombineOperatorTest {

  private static final WindowSpec WINDOWS = WindowSpec.tumbling(1000);
  private static final int SHARDS = 4;

  private static OneInputStreamOperatorTestHarness<GatedEvent, CountDelta> harness(int entries)
      throws Exception {
    return new OneInputStreamOperatorTestHarness<>(
        OperatorFactory.of(
            CombineOperator.class,
            p ->
                new CombineOperator(
                    p,
                    new WatchGrid(WINDOWS, 1),
                    MapGrid.ofPanes(WINDOWS),
                    List.of(0, 1),
                    SHARDS,
                    entries)));
  }

  private static StreamRecord<GatedEvent> event(long time, boolean late, int label, long... ids) {
    int[] offsets = {0, 1, ids.length};
    return new StreamRecord<>(
        new GatedEvent(new ClickEvent(time, label, new float[0], ids, offsets), late), time);
  }

  // whatever the limit, what leaves adds up to what came in, each id at its shard
  @Test
  void nothingIsLostOrDoubled() throws Exception {
    for (int entries : new int[] {1, 7, 100_000}) {
      SplittableRandom random = Seeds.generator(3, "combine", entries);
      Map<String, Long> expected = new HashMap<>();
      Map<String, Long> expectedClicks = new HashMap<>();
      try (var combine = harness(entries)) {
        combine.open();
        for (int i = 0; i < 1000; i++) {
          long time = random.nextInt(3000);
          long[] ids = {random.nextInt(50), random.nextInt(50), random.nextInt(50)};
          int label = random.nextInt(2);
          combine.processElement(event(time, false, label, ids));
          for (int j = 0; j < ids.length; j++) {
            String key = Math.min(j, 1) + "/" + time / 1000 + "/" + ids[j];
            expected.merge(key, 1L, Long::sum);
            expectedClicks.merge(key, (long) label, Long::sum);
          }
          if (i == 500) {
            combine.prepareSnapshotPreBarrier(1);
          }
        }
        combine.processElement(event(1, true, 1, 1, 2, 3));
        combine.processWatermark(new Watermark(Long.MAX_VALUE));
        Map<String, Long> counts = new HashMap<>();
        Map<String, Long> clicks = new HashMap<>();
        for (CountDelta delta : combine.extractOutputValues()) {
          for (int i = 0; i < delta.ids().length; i++) {
            long id = delta.ids()[i];
            int field = delta.shard() / SHARDS;
            assertThat(delta.shard() % SHARDS).isEqualTo(IdCounts.shard(id, SHARDS));
            String key = field + "/" + delta.subWindow() + "/" + id;
            counts.merge(key, delta.counts()[i], Long::sum);
            clicks.merge(key, delta.clicks()[i], Long::sum);
          }
        }
        assertThat(counts).isEqualTo(expected);
        assertThat(clicks).isEqualTo(expectedClicks);
      }
    }
  }

  // the first event of a pane is announced to every shard of every field, once
  @Test
  void panesAreAnnouncedToAllShards() throws Exception {
    try (var combine = harness(100)) {
      combine.open();
      combine.processElement(event(5, false, 0, 1, 2));
      combine.processElement(event(6, false, 1, 1, 2));
      assertThat(combine.extractOutputValues())
          .hasSize(2 * SHARDS)
          .allMatch(delta -> delta.subWindow() == 0 && delta.ids().length == 0);
    }
  }
}
