package io.millrace.time;

import io.millrace.event.WindowSpec;
import java.io.Serializable;

/**
 * Panes cut into equal parts, so that a change is seen long before a window ends. Sub-windows are
 * numbered through: {@code perPane} of them make a pane, and the first one of a pane starts with
 * it.
 *
 * @param windows the panes
 * @param perPane sub-windows of a pane, in 1..{@code windows.slideMs()}
 */
public record SubWindows(WindowSpec windows, int perPane) implements Serializable {

  public SubWindows {
    if (perPane < 1 || perPane > windows.slideMs()) {
      throw new IllegalArgumentException(
          "parts must be in 1.." + windows.slideMs() + " (a pane's ms) but was " + perPane);
    }
  }

  /** The sub-window that holds {@code eventTime}. */
  public long of(long eventTime) {
    long since = eventTime - windows.offsetMs();
    long pane = Math.floorDiv(since, windows.slideMs());
    return pane * perPane + (since - pane * windows.slideMs()) * perPane / windows.slideMs();
  }

  /**
   * The sub-window that an event is counted in: its own, or the open one of its pane where that is
   * later, as the event is behind the watermark, but not too late for its pane.
   *
   * @param open the first sub-window that the watermark has not passed
   */
  public long of(long eventTime, long open) {
    long own = of(eventTime);
    return own >= open ? own : Math.min(open, lastOf(pane(own)));
  }

  /** First millisecond after a sub-window. */
  public long end(long subWindow) {
    long next = subWindow + 1;
    long pane = Math.floorDiv(next, perPane);
    long inPane = (next - pane * perPane) * windows.slideMs();
    return windows.paneStart(pane) + (inPane + perPane - 1) / perPane;
  }

  /** The pane that a sub-window is part of. */
  public long pane(long subWindow) {
    return Math.floorDiv(subWindow, perPane);
  }

  /** The last sub-window of a pane. */
  public long lastOf(long pane) {
    return (pane + 1) * perPane - 1;
  }

  /** Whether a sub-window is the last one of its pane. */
  public boolean endsPane(long subWindow) {
    return subWindow == lastOf(pane(subWindow));
  }

  /** The last sub-window that a watermark says is complete. */
  public long lastClosed(long watermark) {
    return watermark == Long.MAX_VALUE ? Long.MAX_VALUE : of(watermark + 1) - 1;
  }
}
