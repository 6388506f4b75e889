package io.millrace.flink.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.RejectedRecord;
import io.millrace.event.WindowSpec;
import io.millrace.state.SourceRecord;
import io.millrace.time.WatchGrid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.clock.ManualClock;
import org.apache.flink.util.clock.RelativeClock;
import org.junit.jupiter.api.Test;

/** One partition's event time, with windows of 10 ms and a wall clock that moves by hand. */
class EventWatermarksTest {

  private static final Duration IDLE_AFTER = Duration.ofSeconds(5);

  private final ManualClock wall = new ManualClock();
  private final List<String> said = new ArrayList<>();
  private final WatermarkOutput output =
      new WatermarkOutput() {
        @Override
        public void emitWatermark(Watermark watermark) {
          said.add(Long.toString(watermark.getTimestamp()));
        }

        @Override
        public void markIdle() {
          said.add("idle");
        }

        @Override
        public void markActive() {
          said.add("active");
        }
      };

  @Test
  void aWatermarkForEachPane() {
    WatermarkGenerator<SourceRecord> partition = partition(Duration.ZERO);
    events(partition, 1, 5, 12, 11, 19, 35);
    seconds(partition, 3600);
    assertThat(said).containsExactly("0", "11", "34");
  }

  // within a pane time moves at the periodic calls, as learners hold events until then
  @Test
  void watermarksWithinAPane() {
    WatermarkGenerator<SourceRecord> partition = partition(Duration.ZERO);
    seconds(partition, 1);
    events(partition, 1, 5, 3);
    assertThat(said).containsExactly("0");
    seconds(partition, 9);
    assertThat(said).containsExactly("0", "4");
    events(partition, 5, 4);
    seconds(partition, 9);
    assertThat(said).containsExactly("0", "4");
  }

  // the first event after a silence speaks for the partition again, in the middle of a pane too
  @Test
  void idleUntilTheNextEvent() {
    WatermarkGenerator<SourceRecord> partition = partition(IDLE_AFTER);
    events(partition, 1, 5);
    seconds(partition, 5);
    assertThat(said).containsExactly("0", "4");
    seconds(partition, 60);
    assertThat(said).containsExactly("0", "4", "idle");
    events(partition, 5, 7, 8, 12);
    assertThat(said).containsExactly("0", "4", "idle", "6", "11");
    seconds(partition, 60);
    assertThat(said).endsWith("11", "idle");
  }

  @Test
  void idleFromTheStart() {
    WatermarkGenerator<SourceRecord> partition = partition(IDLE_AFTER);
    seconds(partition, 60);
    events(partition, 1);
    assertThat(said).containsExactly("idle", "0");
  }

  // rejects have no time: a partition of nothing else would hold back the others for ever
  @Test
  void idleWithRejectsAlone() {
    WatermarkGenerator<SourceRecord> partition = partition(IDLE_AFTER);
    for (int i = 0; i < 10; i++) {
      partition.onEvent(
          SourceRecord.of(
              new RejectedRecord(null, new byte[] {1}, "t", 0, i, "reason", "why"), null),
          0,
          output);
      seconds(partition, 1);
    }
    assertThat(said).containsExactly("idle");
  }

  private WatermarkGenerator<SourceRecord> partition(Duration idleAfter) {
    return new EventWatermarks(new WatchGrid(WindowSpec.tumbling(10), 1), idleAfter)
        .createWatermarkGenerator(
            new WatermarkGeneratorSupplier.Context() {
              @Override
              public MetricGroup getMetricGroup() {
                return new UnregisteredMetricsGroup();
              }

              @Override
              public RelativeClock getInputActivityClock() {
                return wall;
              }
            });
  }

  private void events(WatermarkGenerator<SourceRecord> partition, long... times) {
    for (long time : times) {
      ClickEvent event = new ClickEvent(time, 1, new float[0], new long[] {1}, new int[] {0, 1});
      partition.onEvent(SourceRecord.of(event, null, null), time, output);
    }
  }

  /** Lets wall time pass, with the periodic call each second. */
  private void seconds(WatermarkGenerator<SourceRecord> partition, int n) {
    for (int i = 0; i < n; i++) {
      partition.onPeriodicEmit(output);
      wall.advanceTime(Duration.ofSeconds(1));
    }
  }
}
