package io.millrace.time;

import io.millrace.event.WindowSpec;

/**
 * Decides, once for all that follow, which events are late: those of a pane that the watermark has
 * closed. Late events are trained on but not counted or scored, or they are dropped.
 */
public final class LateGate {

  /** What happens to a late event. */
  public enum Policy {
    TRAIN,
    DROP
  }

  private final WindowSpec windows;
  private long watermark = Long.MIN_VALUE;

  /** A gate that has seen no watermark. */
  public LateGate(WindowSpec windows) {
    this.windows = windows;
  }

  /** True if the event's pane has closed. */
  public boolean late(long eventTime) {
    return windows.closed(windows.pane(eventTime), watermark);
  }

  /** Moves the watermark forward. */
  public void onWatermark(long next) {
    watermark = Math.max(watermark, next);
  }
}
