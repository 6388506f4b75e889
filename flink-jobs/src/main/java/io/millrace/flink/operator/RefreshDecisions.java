package io.millrace.flink.operator;

import io.millrace.flink.store.Stores;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.spec.JobSpec;
import io.millrace.time.MapGrid;
import io.millrace.watch.BuildDecisions;
import io.millrace.watch.Refreshes;
import java.io.Serializable;
import java.time.Duration;

/**
 * The decisions when maps are built, as far as a task knows them. If maps are built at ends of
 * windows only, all decisions are known from the start. Otherwise the {@link WatchOperator} writes
 * them to a file, which is read again whenever a later decision is needed.
 *
 * <p>There is no circle of waiting. Steps after a sub-window wait for the decision about it. That
 * decision is made when readers and the teacher have completed an earlier sub-window, for which
 * they need no later decision. Tasks hold steps back without blocking, so that barriers pass. No
 * decision depends on students.
 */
public final class RefreshDecisions implements BuildDecisions, AutoCloseable {

  /**
   * Where decisions come from.
   *
   * @param grid sub-windows at whose ends maps may be built
   * @param byDrift whether changes make maps due, besides the ends of windows
   * @param runDir run directory, which all machines see; null if not byDrift
   * @param timeout how long to wait for a decision; null if not byDrift
   */
  public record Source(MapGrid grid, boolean byDrift, String runDir, Duration timeout)
      implements Serializable {

    /** The source of a job's decisions. */
    public static Source of(JobSpec job, String runDir, Duration timeout) {
      return new Source(job.mapGrid(), job.hash().refresh().byDrift(), runDir, timeout);
    }
  }

  private final MapGrid grid;
  private final MapWatcher watcher;
  private final Resumer resumer;
  private Refreshes known;
  private boolean asked;

  /**
   * No decision is known yet, or all are.
   *
   * @param who name of the task, for messages
   * @param resumer of the task; it resumes when more decisions are known
   */
  RefreshDecisions(Source source, String who, Resumer resumer) {
    this.grid = source.grid();
    this.resumer = resumer;
    if (source.byDrift()) {
      MapFolder maps = new MapFolder(Stores.folderOf(source.runDir(), RunFiles.MAPS));
      known = Refreshes.none(grid);
      watcher = new MapWatcher(who, maps, source.timeout());
    } else {
      known = Refreshes.ofWindows(grid);
      watcher = null;
    }
  }

  @Override
  public boolean decided(long subWindow) {
    if (!known.decided(subWindow) && !asked) {
      asked = true;
      watcher.awaitDecision(
          known,
          found -> resumer.arrived(() -> arrived(found), "decisions when maps are built"),
          resumer::fail);
    }
    return known.decided(subWindow);
  }

  private void arrived(Refreshes found) {
    asked = false;
    known = found;
  }

  /**
   * The watermark that completes the last sub-window with a decision; {@link Long#MIN_VALUE} before
   * the first decision.
   */
  long until() {
    return known.decided() == Long.MIN_VALUE ? Long.MIN_VALUE : grid.end(known.decided()) - 1;
  }

  /** {@inheritDoc} Waits for the decision if it is not known; mails run meanwhile. */
  @Override
  public boolean builds(long before, long subWindow) {
    if (!decided(subWindow)) {
      resumer.await(() -> decided(subWindow), "a decision about maps");
    }
    return known.builds(before, subWindow);
  }

  @Override
  public void close() {
    if (watcher != null) {
      watcher.close();
    }
  }
}
