package io.millrace.flink.operator;

import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resumes the work that a task holds back, by mail, so that barriers and events pass in between. It
 * can also block a call until something has arrived, while other mails run.
 *
 * <p>While a call is blocked, mails resume nothing: they would run steps ahead of the blocked one.
 * Work is resumed after that call.
 */
final class Resumer {

  private static final Logger LOG = LoggerFactory.getLogger(Resumer.class);

  private final MailboxExecutor mailbox;
  private final String who;
  private final Runnable work;
  private boolean waiting;

  /**
   * A resumer of a task.
   *
   * @param who name of the task, for messages
   * @param work runs the steps that are held back, as far as they may run
   */
  Resumer(MailboxExecutor mailbox, String who, Runnable work) {
    this.mailbox = mailbox;
    this.who = who;
    this.work = work;
  }

  /** Resumes after the mails that are in the mailbox now. */
  void later() {
    mailbox.execute(this::resume, "steps that were held back");
  }

  private void resume() {
    if (!waiting) {
      work.run();
    }
  }

  /** Has the task's thread take what has arrived, and resume; for any thread. */
  void arrived(Runnable take, String what) {
    post(
        () -> {
          take.run();
          resume();
        },
        what);
  }

  /** Fails the task; for any thread. */
  void fail(RuntimeException failure) {
    post(
        () -> {
          throw failure;
        },
        "what the task waits for does not come");
  }

  /** A task that has ended takes no mail, and needs none. */
  private void post(Runnable mail, String what) {
    try {
      mailbox.execute(mail::run, what);
    } catch (RejectedExecutionException e) {
      LOG.debug("{} has ended: {}", who, what, e);
    }
  }

  /** Whether a call is blocked now. */
  boolean waiting() {
    return waiting;
  }

  /** Blocks until {@code there} is true, while mails run. */
  void await(BooleanSupplier there, String what) {
    waiting = true;
    try {
      while (!there.getAsBoolean()) {
        mailbox.yield();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(who + " was interrupted while waiting for " + what, e);
    } finally {
      waiting = false;
    }
    later();
  }
}
