package io.millrace.flink.operator;

import java.util.function.BooleanSupplier;
import org.apache.flink.api.common.operators.MailboxExecutor;

/**
 * Resumes the work that a task holds back, by mail, so that barriers and events pass in between; or
 * waits in the middle of a call until something is there, while other mails run.
 *
 * <p>While a call waits, mails do not resume anything: they would run steps ahead of the one that
 * waits. Work is resumed once it has returned.
 */
final class Resumer {

  private final MailboxExecutor mailbox;
  private final String who;
  private final Runnable work;
  private boolean waiting;

  /**
   * A resumer of a task.
   *
   * @param who holds work back, for messages
   * @param work runs what was held back, as far as it may run
   */
  Resumer(MailboxExecutor mailbox, String who, Runnable work) {
    this.mailbox = mailbox;
    this.who = who;
    this.work = work;
  }

  /** Resumes after the mails that are there. */
  void later() {
    mailbox.execute(this::resume, "steps that were held back");
  }

  private void resume() {
    if (!waiting) {
      work.run();
    }
  }

  /** Has the task's thread take news, and resume; for any thread. */
  void arrived(Runnable news, String what) {
    mailbox.execute(
        () -> {
          news.run();
          resume();
        },
        what);
  }

  /** Fails the task; for any thread. */
  void fail(RuntimeException failure) {
    mailbox.execute(
        () -> {
          throw failure;
        },
        "what the task waits for does not come");
  }

  /** Whether a call waits now. */
  boolean waiting() {
    return waiting;
  }

  /** Waits until {@code there}, while mails run. */
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
