package io.millrace.time;

/** Notices when a watermark enters another sub-window: most watermarks close nothing. */
public final class SubWindowEntry {

  private final WatchGrid grid;
  private long end = Long.MIN_VALUE;

  /** No watermark yet. */
  public SubWindowEntry(WatchGrid grid) {
    this.grid = grid;
  }

  /**
   * Takes the next watermark, ms.
   *
   * @return true if it is the first one, or in another sub-window than the one before
   */
  public boolean enters(long watermark) {
    if (end != Long.MIN_VALUE && watermark < end - 1) {
      return false;
    }
    end = watermark == Long.MAX_VALUE ? watermark : grid.end(grid.of(watermark + 1));
    return true;
  }
}
