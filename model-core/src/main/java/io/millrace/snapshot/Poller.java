package io.millrace.snapshot;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Looks for new files repeatedly, on a daemon thread of its own. */
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

  /** A poller without a look yet; its thread has the given name. */
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
   * Looks at once, and then again after each pause, until {@link Look#again} returns false.
   *
   * @param pauseMs pause between two looks, ms
   * @param problem receives the message of a failure, once while the same failure repeats; polling
   *     continues after it
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
