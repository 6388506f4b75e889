package io.millrace.time;

import io.millrace.event.WindowSpec;

/**
 * The sub-windows that are watched for change: traffic and losses are added up in each, so that a
 * change is seen long before its window ends.
 *
 * @param windows the panes
 * @param perPane sub-windows of a pane, in 1..{@code windows.slideMs()}
 */
public record WatchGrid(WindowSpec windows, int perPane) implements SubWindows {

  public WatchGrid {
    SubWindows.check(windows, perPane);
  }
}
