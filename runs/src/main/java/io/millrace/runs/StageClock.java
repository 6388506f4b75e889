package io.millrace.runs;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * CPU time that threads spend on one stage of the program, ns.
 *
 * <p>CPU time rather than wall time: the tasks of a job wait for each other and share the cores, so
 * that their wall times overlap and say little. An engine's own threads are not seen. Reading the
 * clock takes up to a microsecond, so a span should be one of many events.
 *
 * <p>Spans of one thread may lie within each other, as an operator calls the next one of its chain:
 * the inner stage's time is not the outer one's. A span starts and stops on the same thread.
 */
public final class StageClock {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Time of this thread that spans have taken. */
  private static final ThreadLocal<long[]> TAKEN = ThreadLocal.withInitial(() -> new long[1]);

  private long spent;
  private long since;

  /** CPU time of this thread. */
  static long now() {
    return THREADS.getCurrentThreadCpuTime();
  }

  /** Begins a span. */
  public void start() {
    since = now() - TAKEN.get()[0];
  }

  /** Ends the span. */
  public void stop() {
    long[] taken = TAKEN.get();
    long span = now() - taken[0] - since;
    taken[0] += span;
    spent += span;
  }

  /** Time since this was last asked, between two spans. */
  public long take() {
    long nanos = spent;
    spent = 0;
    return nanos;
  }

  /** Time since this was last asked, within a span, which goes on. */
  public long lap() {
    stop();
    start();
    return take();
  }
}
