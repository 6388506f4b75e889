package io.millrace.time;

import io.millrace.event.WindowSpec;
import java.io.Serializable;

/**
 * Panes divided into equal sub-windows, which are numbered consecutively: {@link #perPane} of them
 * make a pane, and the first one of a pane starts with it.
 *
 * <p>A job has two such grids, {@link WatchGrid} and {@link MapGrid}. Code outside this package
 * takes the one that it means, so that a number of one grid is not looked up in the other.
 */
sealed interface SubWindows extends Serializable permits WatchGrid, MapGrid {

  /** The panes. */
  WindowSpec windows();

  /** Sub-windows of a pane, in 1..{@code windows().slideMs()}. */
  int perPane();

  /** Checks the components of a grid. */
  static void check(WindowSpec windows, int perPane) {
    if (perPane < 1 || perPane > windows.slideMs()) {
      throw new IllegalArgumentException(
          "sub-windows of a pane must be in 1..%d (a pane's ms) but was %d"
              .formatted(windows.slideMs(), perPane));
    }
  }

  /** The sub-window that holds {@code eventTime}, ms. */
  default long of(long eventTime) {
    long since = eventTime - windows().offsetMs();
    long pane = Math.floorDiv(since, windows().slideMs());
    return pane * perPane()
        + (since - pane * windows().slideMs()) * perPane() / windows().slideMs();
  }

  /**
   * The sub-window that an event is counted in: its own or, if the watermark has passed that but
   * not the event's pane, the open one.
   *
   * @param open the first sub-window that the watermark has not passed
   */
  default long of(long eventTime, long open) {
    long own = of(eventTime);
    return own >= open ? own : Math.min(open, lastOf(pane(own)));
  }

  /** First millisecond after a sub-window. */
  default long end(long subWindow) {
    long next = subWindow + 1;
    long pane = Math.floorDiv(next, perPane());
    long inPane = (next - pane * perPane()) * windows().slideMs();
    return windows().paneStart(pane) + (inPane + perPane() - 1) / perPane();
  }

  /** The pane that a sub-window belongs to. */
  default long pane(long subWindow) {
    return Math.floorDiv(subWindow, perPane());
  }

  /** The last sub-window of a pane. */
  default long lastOf(long pane) {
    return (pane + 1) * perPane() - 1;
  }

  /** Whether a sub-window is the last one of its pane. */
  default boolean endsPane(long subWindow) {
    return subWindow == lastOf(pane(subWindow));
  }

  /** The last sub-window that is complete at a watermark, ms. */
  default long lastClosed(long watermark) {
    return watermark == Long.MAX_VALUE ? Long.MAX_VALUE : of(watermark + 1) - 1;
  }
}
