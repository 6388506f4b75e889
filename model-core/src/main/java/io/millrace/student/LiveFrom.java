package io.millrace.student;

import io.millrace.spec.JobSpec;
import io.millrace.spec.MapWaiting;
import io.millrace.time.MapGrid;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * From when on a student no longer waits for maps: always or never, or from an end of a sub-window
 * on that becomes known while it learns ({@link MapWaiting#UNTIL_LIVE}).
 *
 * <p>The maps that are built at that end, and at later ones, are taken as they come. All earlier
 * ones are waited for. So what is learned from events before that end depends on the events alone,
 * however late the student hears of it.
 */
public final class LiveFrom {

  private final MapWaiting waiting;
  private final MapGrid grid;
  private long end = Long.MAX_VALUE;

  /** End of the newest sub-window that has closed, ms. */
  private long closed = Long.MIN_VALUE;

  /** Nothing is known yet. */
  LiveFrom(JobSpec job) {
    this.waiting = job.student().waitForMaps();
    this.grid = job.mapGrid();
  }

  /** Whether it is known: the student waits always or never, or the end is set. */
  public boolean known() {
    return waiting != MapWaiting.UNTIL_LIVE || end != Long.MAX_VALUE;
  }

  /** Whether the student waits for maps no longer. */
  public boolean live() {
    return waiting == MapWaiting.NEVER || waiting == MapWaiting.UNTIL_LIVE && closed >= end;
  }

  /**
   * Sets the end. Does nothing if it is {@link #known} already.
   *
   * @param from end of a sub-window of the maps' grid, ms; {@link Long#MIN_VALUE} for live at once
   */
  public void set(long from) {
    if (!known()) {
      end = from;
    }
  }

  /** Takes a sub-window that has closed. */
  void closed(long subWindow) {
    closed = grid.end(subWindow);
  }

  /** Whether maps that are built at the end of a sub-window are not waited for. */
  boolean after(long subWindow) {
    return waiting == MapWaiting.NEVER
        || waiting == MapWaiting.UNTIL_LIVE && grid.end(subWindow) >= end;
  }

  void writeState(DataOutput out) throws IOException {
    out.writeLong(end);
  }

  /** Reads what {@link #writeState} wrote; what has closed is set by the caller. */
  void readState(DataInput in) throws IOException {
    end = in.readLong();
  }
}
