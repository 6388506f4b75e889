package io.millrace.snapshot;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Looks into folders for new files, again and again, on a daemon thread of its own. */
public final class Poller implements AutoCloseable {

  /** One look. */
  @FunctionalInterface
  public interface Look {
    /**
     * Looks.
     *
     * @return whether to look again
     * @throws IOException if the folder cannot be read, or holds something damaged
     */
    boolean again() throws IOException;
  }

  private final ScheduledExecutorService thread;

  /** A poller that looks for nothing yet. */
  public Poller(String threadName) {
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread poller = new Thread(task, threadName);
              poller.setDaemon(true);
              return poller;
            });
  }

  /**
   * Looks at once, and then again after each pause, until it is not to look again.
   *
   * @param problem takes the message of a failure, once for as long as looks fail with it; the next
   *     look follows all the same
   */
  public void poll(long pauseMs, Look look, Consumer<String> problem) {
    thread.execute(
        new Runnable() {
          private String known;

          @Override
          public void run() {
            try {
              if (!look.again()) {
                return;
              }
              known = null;
            } catch (IOException | RuntimeException e) {
              String failure = String.valueOf(e.getMessage());
              if (!failure.equals(known)) {
                known = failure;
                problem.accept(failure);
              }
            }
            var unused = thread.schedule(this, pauseMs, TimeUnit.MILLISECONDS);
          }
        });
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
