package io.millrace.flink.cli;

import io.millrace.flink.graph.CheckpointFolder;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.Path;

/**
 * Ends a job with a savepoint when its process is stopped (SIGTERM or Ctrl-C), and prints how to
 * continue from it. {@link #cancel} switches this off once the job has ended by itself.
 *
 * <p>Event time does not advance: the savepoint holds the open windows and the batches that are
 * half full. It replaces the checkpoints, which Flink deletes when a job ends regularly.
 */
final class SavepointAtStop {
  private static final long TIMEOUT_S = 60;

  private final JobClient job;
  private final CheckpointFolder folder;
  private final Consumer<String> out;
  private final Runnable ended;
  private final Thread hook = new Thread(this::stop, "savepoint-at-stop");

  private SavepointAtStop(
      JobClient job, CheckpointFolder folder, Consumer<String> out, Runnable ended) {
    this.job = job;
    this.folder = folder;
    this.out = out;
    this.ended = ended;
  }

  /**
   * Guards a running job from now on.
   *
   * @param out takes lines
   * @param ended called when the job was stopped, before the process ends
   */
  static SavepointAtStop of(
      JobClient job, CheckpointFolder folder, Consumer<String> out, Runnable ended) {
    SavepointAtStop atStop = new SavepointAtStop(job, folder, out, ended);
    Runtime.getRuntime().addShutdownHook(atStop.hook);
    return atStop;
  }

  private void stop() {
    out.accept("stopping: taking a savepoint");
    try {
      String savepoint =
          job.stopWithSavepoint(false, folder.savepoints(), SavepointFormatType.CANONICAL)
              .get(TIMEOUT_S, TimeUnit.SECONDS);
      ended.run();
      out.accept("stopped; go on with --from " + readable(savepoint));
    } catch (ExecutionException | RuntimeException e) {
      out.accept("stopped without a savepoint: " + ErrorLine.of(e) + "; " + otherwise());
    } catch (TimeoutException e) {
      out.accept("stopped without a savepoint: none within " + TIMEOUT_S + " s; " + otherwise());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String otherwise() {
    return folder.used()
        ? "go on with --from and the newest chk- folder in " + folder.place()
        : "checkpoints.interval is 0s, so there is nothing to go on from";
  }

  /** A local path as the user would type it. */
  private static String readable(String savepoint) {
    return savepoint.startsWith("file:") ? new Path(savepoint).getPath() : savepoint;
  }

  /** Takes no savepoint any more, because the job has ended. */
  void cancel() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is being stopped, and the hook is running.
    }
  }
}
