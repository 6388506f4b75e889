package io.millrace.time;

import io.millrace.event.WindowSpec;

/**
 * The sub-windows at whose ends maps may be built: whole panes or, where changes make new maps due,
 * those of the {@link WatchGrid}.
 *
 * @param windows the panes
 * @param perPane sub-windows of a pane, in 1..{@code windows.slideMs()}
 */
public record MapGrid(WindowSpec windows, int perPane) implements SubWindows {

  public MapGrid {
    SubWindows.check(windows, perPane);
  }

  /** Maps may be built at the ends of panes only: a sub-window's number is that of its pane. */
  public static MapGrid ofPanes(WindowSpec windows) {
    return new MapGrid(windows, 1);
  }

  /** Maps may be built at the end of each watched sub-window; both grids have the same numbers. */
  public static MapGrid of(WatchGrid watched) {
    return new MapGrid(watched.windows(), watched.perPane());
  }
}
