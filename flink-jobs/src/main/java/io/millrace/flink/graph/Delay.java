package io.millrace.flink.graph;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.util.concurrent.FutureUtils;

/**
 * Futures that complete after a while.
 *
 * <p>Those of the JDK ({@code completeOnTimeout}) must not be used in a task: their one thread
 * would keep the class loader of the first task that needs it, and give it to threads of later
 * jobs. Flink has a thread of its own for this.
 */
final class Delay {

  private Delay() {}

  /** Completes after {@code time}, or up to a millisecond later, never before. */
  static CompletableFuture<Void> after(Duration time) {
    CompletableFuture<Void> future = new CompletableFuture<>();
    FutureUtils.completeDelayed(future, null, time.plusMillis(1)); // it counts whole milliseconds
    return future;
  }
}
