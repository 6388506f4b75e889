package io.millrace.runs;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * CPU time that threads spend on one stage of the program, ns.
 *
 * <p>It measures CPU time and not wall time, as the tasks of a job wait for each other and share
 * the cores. Threads of an engine are not measured. Reading the clock takes up to a microsecond, so
 * a span should cover many events.
 *
 * <p>Spans of one thread may be nested, as an operator calls the next one of its chain; the time of
 * the inner span does not count for the outer one. A span starts and stops on the same thread.
 */
public final class StageClock {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Time of this thread that finished spans have measured, ns. */
  private static final ThreadLocal<long[]> TAKEN = ThreadLocal.withInitial(() -> new long[1]);

  private long spent;
  private long since;
  private volatile long total;

  /** CPU time of this thread, ns. */
  static long now() {
    return THREADS.getCurrentThreadCpuTime();
  }

  /** Begins a span. */
  public void start() {
    since = now() - TAKEN.get()[0];
  }

  /** Ends the span. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  public void stop() {
    long[] taken = TAKEN.get();
    long span = now() - taken[0] - since;
    taken[0] += span;
    spent += span;
    total += span;
  }

  /** Time of all spans that have ended, s; any thread may call it. */
  public double seconds() {
    return MetricName.secondsOfNanos(total);
  }

  /** Time of all spans since the last call, ns; call it between two spans. */
  public long take() {
    long nanos = spent;
    spent = 0;
    return nanos;
  }

  /** Time of all spans since the last call, ns; call it within a span, which continues. */
  public long lap() {
    stop();
    start();
    return take();
  }
}
