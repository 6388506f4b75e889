package io.millrace.watch;

import io.millrace.spec.JobSpec;
import io.millrace.time.MapGrid;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * The refresh decisions so far: at the ends of which sub-windows, of {@link JobSpec#mapGrid}, maps
 * are built.
 *
 * @param grid the sub-windows that the decisions refer to
 * @param decided the last sub-window with a decision; all before it have one too
 * @param windowsUntil up to this sub-window, maps are built at the end of each pane
 * @param subWindows further sub-windows at whose ends maps are built; if one of them does not
 *     close, as it has no events, maps are built at the end of the next one that does
 */
public record Refreshes(
    MapGrid grid, long decided, long windowsUntil, NavigableSet<Long> subWindows)
    implements BuildDecisions {

  public Refreshes {
    subWindows = new TreeSet<>(subWindows);
  }

  /** Maps are built at the ends of panes only. */
  public static Refreshes ofWindows(MapGrid grid) {
    return new Refreshes(grid, Long.MAX_VALUE, Long.MAX_VALUE, new TreeSet<>());
  }

  /** No decision yet. */
  public static Refreshes none(MapGrid grid) {
    return new Refreshes(grid, Long.MIN_VALUE, Long.MIN_VALUE, new TreeSet<>());
  }

  @Override
  public boolean decided(long subWindow) {
    return subWindow <= decided;
  }

  @Override
  public boolean builds(long before, long subWindow) {
    if (!decided(subWindow)) {
      throw new IllegalStateException(
          "sub-window " + subWindow + " must be decided, but the last one decided was " + decided);
    }
    if (grid.endsPane(subWindow) && subWindow <= windowsUntil) {
      return true;
    }
    Long refresh = subWindows.floor(subWindow);
    return refresh != null && refresh > before;
  }
}
