package io.millrace.flink.cli;

import io.millrace.flink.graph.CheckpointFolder;
import java.io.PrintWriter;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.Path;

/**
 * Ends a job with a savepoint when its process is told to stop (SIGTERM, or Ctrl-C), and says how
 * to go on from there.
 *
 * <p>Event time does not advance: open windows, and batches half full, are part of the savepoint.
 * The savepoint takes the checkpoints' place: Flink deletes those of a job that ends in good order.
 * Until {@link #cancel}, which is for a job that has ended by itself.
 */
final class SavepointAtStop {
  private static final long PATIENCE_S = 60;

  private final JobClient job;
  private final CheckpointFolder folder;
  private final PrintWriter out;
  private final Thread hook = new Thread(this::stop, "savepoint-at-stop");

  private SavepointAtStop(JobClient job, CheckpointFolder folder, PrintWriter out) {
    this.job = job;
    this.folder = folder;
    this.out = out;
  }

  /** From now on, for a job that runs. */
  static SavepointAtStop of(JobClient job, CheckpointFolder folder, PrintWriter out) {
    SavepointAtStop atStop = new SavepointAtStop(job, folder, out);
    Runtime.getRuntime().addShutdownHook(atStop.hook);
    return atStop;
  }

  private void stop() {
    say("stopping: taking a savepoint");
    try {
      String savepoint =
          job.stopWithSavepoint(false, folder.savepoints(), SavepointFormatType.CANONICAL)
              .get(PATIENCE_S, TimeUnit.SECONDS);
      say("stopped; go on with --from " + readable(savepoint));
    } catch (ExecutionException | RuntimeException e) {
      say("stopped without a savepoint: " + root(e) + "; " + otherwise());
    } catch (TimeoutException e) {
      say("stopped without a savepoint: none within " + PATIENCE_S + " s; " + otherwise());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String otherwise() {
    return folder.used()
        ? "go on with --from and the newest chk- folder in " + folder.place()
        : "checkpoints.interval is 0s, so there is nothing to go on from";
  }

  private static String root(Throwable failure) {
    Throwable at = failure;
    while (at.getCause() != null) {
      at = at.getCause();
    }
    return at.getMessage() == null ? at.toString() : at.getMessage();
  }

  /** A local path as the user would type it. */
  private static String readable(String savepoint) {
    return savepoint.startsWith("file:") ? new Path(savepoint).getPath() : savepoint;
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }

  /** The job has ended, and there is nothing to take a savepoint of. */
  void cancel() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is being stopped, and the hook does its work.
    }
  }
}
