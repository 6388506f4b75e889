package io.millrace.flink.operator;

import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.spec.JobSpec;
import io.millrace.time.MapGrid;
import io.millrace.watch.BuildDecisions;
import io.millrace.watch.Refreshes;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The decisions when maps are built, as far as a task knows them: where windows decide, all from
 * the start; else what the {@link WatchOperator} has written, which is read when a later one is
 * needed.
 *
 * <p>Nobody waits in a circle. What comes after a sub-window waits for the decision about it, and
 * that is made when readers and the teacher have passed an earlier one. They wait for none that is
 * later, and hold back without standing still, so that barriers pass; and no decision depends on
 * students.
 */
public final class RefreshDecisions implements BuildDecisions, AutoCloseable {

  /**
   * Where it is decided when maps are built.
   *
   * @param grid sub-windows at whose ends they may be built
   * @param byDrift whether changes make new maps due, and not windows alone
   * @param runDir run directory, on a file system that all machines see; null if only windows do
   * @param timeout how long to wait for a decision; null if only windows do
   */
  public record Source(MapGrid grid, boolean byDrift, String runDir, Duration timeout)
      implements Serializable {

    /** That of a job. */
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
   * Knows nothing yet, or all.
   *
   * @param who asks, for messages
   * @param resumer of the task, which resumes when more is decided than before
   */
  RefreshDecisions(Source source, String who, Resumer resumer) {
    this.grid = source.grid();
    this.resumer = resumer;
    if (source.byDrift()) {
      Path maps = Path.of(source.runDir()).resolve(RunFiles.MAPS);
      known = Refreshes.none(grid);
      watcher = new MapWatcher(who, new MapFolder(maps), source.timeout());
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
          found -> resumer.arrived(() -> take(found), "decisions when maps are built"),
          resumer::fail);
    }
    return known.decided(subWindow);
  }

  private void take(Refreshes found) {
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

  /** Waits for the decision while mails run. */
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
