package io.millrace.flink.operator;

import io.millrace.event.WindowSpec;
import io.millrace.state.SourceRecord;
import io.millrace.stream.EventClock;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;

/**
 * Event time of each partition, from an {@link EventClock}: a watermark right behind the event that
 * moves it into another pane, and none at other times. Rejects have no time.
 */
public final class EventWatermarks implements WatermarkStrategy<SourceRecord> {
  private static final long serialVersionUID = 1L;

  private final WindowSpec windows;

  /** Watermarks for these windows. */
  public EventWatermarks(WindowSpec windows) {
    this.windows = windows;
  }

  @Override
  public WatermarkGenerator<SourceRecord> createWatermarkGenerator(
      WatermarkGeneratorSupplier.Context context) {
    EventClock clock = new EventClock(windows);
    return new WatermarkGenerator<>() {
      @Override
      public void onEvent(SourceRecord record, long timestamp, WatermarkOutput output) {
        if (record.event() == null) {
          return;
        }
        long watermark = clock.advance(record.event().eventTime());
        if (watermark != EventClock.NONE) {
          output.emitWatermark(new Watermark(watermark));
        }
      }

      @Override
      public void onPeriodicEmit(WatermarkOutput output) {}
    };
  }

  @Override
  public TimestampAssigner<SourceRecord> createTimestampAssigner(
      TimestampAssignerSupplier.Context context) {
    return (record, kafkaTime) -> record.event() == null ? kafkaTime : record.event().eventTime();
  }
}
