package io.millrace.flink.operator;

import io.millrace.state.SourceRecord;
import io.millrace.time.EventClock;
import io.millrace.time.WatchGrid;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.util.clock.RelativeClock;

/**
 * Watermarks of each partition, from an {@link EventClock}: one directly after the event that moves
 * it into another sub-window and, every 100 ms of wall time, where event time is within one. The
 * latter close nothing; they release the events that learners hold. Rejects have no event time.
 *
 * <p>A partition without events for a while is idle: the others no longer wait for it. Rejects do
 * not count as events. A partition is active again from its first event on. With Flink's own {@code
 * withIdleness} it would be active only from its next watermark on, a sub-window later.
 */
public final class EventWatermarks implements WatermarkStrategy<SourceRecord> {
  private static final long serialVersionUID = 1L;

  private final WatchGrid grid;
  private final Duration idleAfter;

  /**
   * Watermarks at the ends of these sub-windows.
   *
   * @param idleAfter after which a partition without events is idle; zero for never
   */
  public EventWatermarks(WatchGrid grid, Duration idleAfter) {
    this.grid = grid;
    this.idleAfter = idleAfter;
  }

  @Override
  public WatermarkGenerator<SourceRecord> createWatermarkGenerator(
      WatermarkGeneratorSupplier.Context context) {
    return new Partition(new EventClock(grid), context.getInputActivityClock());
  }

  @Override
  public TimestampAssigner<SourceRecord> createTimestampAssigner(
      TimestampAssignerSupplier.Context context) {
    return (record, kafkaTime) -> record.event() == null ? kafkaTime : record.event().eventTime();
  }

  /** One partition; its wall clock stops while back pressure keeps its records from being read. */
  private final class Partition implements WatermarkGenerator<SourceRecord> {
    private final EventClock clock;
    private final RelativeClock wall;
    private long silentSince;
    private boolean silent;
    private boolean idle;
    private long emitted = EventClock.NONE;

    Partition(EventClock clock, RelativeClock wall) {
      this.clock = clock;
      this.wall = wall;
    }

    @Override
    public void onEvent(SourceRecord record, long timestamp, WatermarkOutput output) {
      if (record.event() == null) {
        return;
      }
      silent = false;
      long time = record.event().eventTime();
      long watermark = idle ? clock.wake(time) : clock.advance(time);
      if (watermark != EventClock.NONE) {
        idle = false;
        emit(watermark, output);
      }
    }

    private void emit(long watermark, WatermarkOutput output) {
      emitted = watermark;
      output.emitWatermark(new Watermark(watermark));
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
      long now = wall.relativeTimeNanos();
      if (!silent) {
        silent = true;
        silentSince = now;
      } else if (!idle && !idleAfter.isZero() && now - silentSince > idleAfter.toNanos()) {
        idle = true;
        output.markIdle();
      }
      if (!idle && clock.watermark() > emitted) {
        emit(clock.watermark(), output);
      }
    }
  }
}
