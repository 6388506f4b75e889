package io.millrace.flink.operator;

import io.millrace.event.WindowSpec;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.spec.JobSpec;
import io.millrace.time.MapGrid;
import io.millrace.watch.Refreshes;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.api.common.operators.MailboxExecutor;

/**
 * What a task knows of when maps are built: where windows decide, all from the start; else what the
 * {@link WatchOperator} has written, which is read when more is asked for than is known.
 *
 * <p>Nobody waits in a circle. What comes after a part waits for the decision about it, and that is
 * made when readers and the teacher have passed an earlier one. They wait for none that is later,
 * and hold back without standing still, so that barriers pass; and no student has a say.
 */
public final class RefreshDecisions implements AutoCloseable {

  /**
   * Where it is said when maps are built.
   *
   * @param grid sub-windows at whose ends maps may be built
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

    /** Maps at the ends of windows alone. */
    public static Source ofWindows(WindowSpec windows) {
      return new Source(MapGrid.ofPanes(windows), false, null, null);
    }
  }

  private final MapGrid grid;
  private final MapWatcher watcher;
  private final MailboxExecutor mailbox;
  private final Runnable more;
  private Refreshes known;
  private boolean asked;
  private boolean waiting;

  /**
   * Knows nothing yet, or all.
   *
   * @param who asks, for messages
   * @param mailbox of the task
   * @param more run by the task when more is known than before
   */
  RefreshDecisions(Source source, String who, MailboxExecutor mailbox, Runnable more) {
    this.grid = source.grid();
    this.mailbox = mailbox;
    this.more = more;
    if (source.byDrift()) {
      Path maps = Path.of(source.runDir()).resolve(RunFiles.MAPS);
      known = Refreshes.none(grid);
      watcher = new MapWatcher(who, new MapFolder(maps), source.timeout());
    } else {
      known = Refreshes.ofWindows(grid);
      watcher = null;
    }
  }

  /** Whether it is known of a part; if not, {@code more} is run when more is known than now. */
  boolean decided(long part) {
    if (!known.decided(part) && !asked) {
      asked = true;
      watcher.awaitDecision(
          known,
          found -> mailbox.execute(() -> arrived(found), "when maps are built"),
          failure -> mailbox.execute(() -> fail(failure), "when maps are built is not known"));
    }
    return known.decided(part);
  }

  private void arrived(Refreshes found) {
    asked = false;
    known = found;
    takeUp();
  }

  /** Has the task go on with what it held back, unless it is in the middle of it. */
  private void takeUp() {
    if (!waiting) {
      more.run();
    }
  }

  /** The same, after the mails that are there. */
  void laterTakeUp() {
    mailbox.execute(this::takeUp, "what was held back until it was known when maps are built");
  }

  private static void fail(RuntimeException failure) {
    throw failure;
  }

  /** The watermark that completes the last part of which it is known; least before the first. */
  long until() {
    return known.decided() == Long.MIN_VALUE ? Long.MIN_VALUE : grid.end(known.decided()) - 1;
  }

  /**
   * Whether maps are built at the end of a part; waits until it is known, while mails are worked
   * off.
   */
  boolean builds(long before, long part) {
    if (!decided(part)) {
      await(part);
      laterTakeUp();
    }
    return known.builds(before, part);
  }

  private void await(long part) {
    waiting = true;
    try {
      while (!decided(part)) {
        mailbox.yield();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a decision about maps", e);
    } finally {
      waiting = false;
    }
  }

  @Override
  public void close() {
    if (watcher != null) {
      watcher.close();
    }
  }
}
