package io.millrace.time;

import io.millrace.event.WindowSpec;

/**
 * Decides which events are late, once for all later stages: an event is late if the watermark has
 * closed its pane. Late events are trained on but not counted or scored, or they are dropped.
 */
public final class LateGate {

  /** What happens to a late event. */
  public enum Policy {
    /** It is trained on, but neither counted nor scored. */
    TRAIN,
    /** It is dropped. */
    DROP
  }

  private final WindowSpec windows;
  private long watermark = Long.MIN_VALUE;

  /** A gate that has seen no watermark. */
  public LateGate(WindowSpec windows) {
    this.windows = windows;
  }

  /** True if the pane of an event, by its time in ms, has closed. */
  public boolean late(long eventTime) {
    return windows.closed(windows.pane(eventTime), watermark);
  }

  /** Moves the watermark, ms, forward; an earlier one changes nothing. */
  public void onWatermark(long next) {
    watermark = Math.max(watermark, next);
  }
}
