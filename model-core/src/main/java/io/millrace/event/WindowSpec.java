package io.millrace.event;

import java.io.Serializable;

/**
 * Event-time windows, cut into panes of one slide each.
 *
 * <p>A pane is the unit in which the stream is counted, evaluated and published; pane {@code p}
 * covers {@code [offset + p * slide, offset + (p + 1) * slide)}. The window that closes with pane
 * {@code p} covers the last {@code size / slide} panes. A tumbling window is one pane.
 *
 * @param sizeMs length of a window, milliseconds, a multiple of {@code slideMs}
 * @param slideMs distance between two window starts, milliseconds, at least 1
 * @param offsetMs where pane 0 starts, milliseconds since the epoch
 * @param latenessMs how far the watermark stays behind the newest event, milliseconds, at least 0
 */
public record WindowSpec(long sizeMs, long slideMs, long offsetMs, long latenessMs)
    implements Serializable {

  public WindowSpec {
    if (slideMs < 1) {
      throw new IllegalArgumentException("slide must be >= 1 ms but was " + slideMs);
    }
    if (sizeMs < slideMs || sizeMs % slideMs != 0) {
      throw new IllegalArgumentException(
          "size must be a multiple of slide (" + slideMs + " ms) but was " + sizeMs + " ms");
    }
    if (latenessMs < 0) {
      throw new IllegalArgumentException("lateness must be >= 0 ms but was " + latenessMs);
    }
  }

  /** Tumbling windows of {@code sizeMs} without allowed lateness. */
  public static WindowSpec tumbling(long sizeMs) {
    return new WindowSpec(sizeMs, sizeMs, 0, 0);
  }

  /** Index of the pane that holds {@code eventTime}. */
  public long pane(long eventTime) {
    return Math.floorDiv(eventTime - offsetMs, slideMs);
  }

  /** First millisecond of pane {@code p}. */
  public long paneStart(long pane) {
    return offsetMs + pane * slideMs;
  }

  /** First millisecond after pane {@code p}. */
  public long paneEnd(long pane) {
    return offsetMs + (pane + 1) * slideMs;
  }

  /** Panes in a window. */
  public int panesPerWindow() {
    return (int) (sizeMs / slideMs);
  }

  /** True if pane {@code p} is complete at {@code watermark}. */
  public boolean closed(long pane, long watermark) {
    return paneEnd(pane) - 1 <= watermark;
  }
}
