package io.millrace.watch;

import io.millrace.event.Warning;
import io.millrace.event.WindowSpec;
import io.millrace.spec.JobSpec;
import io.millrace.time.LateGate;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Warns of windows during which too many events came late: more than 1 % of the events that were
 * read while the window was open, and at least {@value #FEWEST}.
 *
 * <p>A window is open from the watermark that closes the one before to the watermark that closes
 * it; with sliding windows a pane takes its place.
 */
public final class LateEvents {

  private static final int FEWEST = 10;
  private static final int SHARE = 100;
  private static final long NONE = Long.MIN_VALUE;

  private final WindowSpec windows;
  private final LateGate.Policy policy;
  private long pane = NONE;
  private long events;
  private long late;

  /** A watch that has seen nothing. */
  public LateEvents(JobSpec job) {
    this.windows = job.windows();
    this.policy = job.late();
  }

  /**
   * Takes a watermark and what has been read before it.
   *
   * @param watermark ms since the epoch
   * @param eventsNow events read since the start of the stream, without rejects
   * @param lateNow the late ones among them
   */
  public void onWatermark(
      long watermark, long eventsNow, long lateNow, Consumer<Warning> listener) {
    long entered = watermark == Long.MAX_VALUE ? watermark : windows.pane(watermark + 1);
    if (pane != NONE && entered > pane) {
      check(eventsNow - events, lateNow - late, listener);
      events = eventsNow;
      late = lateNow;
    }
    pane = Math.max(pane, entered);
  }

  private void check(long read, long cameLate, Consumer<Warning> listener) {
    if (cameLate < FEWEST || cameLate * SHARE <= read) {
      return;
    }
    String message =
        String.format(
            Locale.ROOT,
            "%d of %d events (%.1f %%) that were read while the window from %s to %s was open came"
                + " late: their own window had closed, and they %s; if events come out of order,"
                + " raise windows.lateness",
            cameLate,
            read,
            100.0 * cameLate / read,
            Instant.ofEpochMilli(windows.paneStart(pane)),
            Instant.ofEpochMilli(windows.paneEnd(pane)),
            policy == LateGate.Policy.DROP
                ? "were dropped (windows.late: drop)"
                : "were trained on, but neither counted nor scored (windows.late: train)");
    String place = "window of " + Instant.ofEpochMilli(windows.paneStart(pane));
    listener.accept(
        new Warning(
            Warning.Kind.LATE_EVENTS, windows.paneEnd(pane), null, place, cameLate, message));
  }

  /** The whole state: the open pane, and the events and late events read before it was opened. */
  public List<Long> state() {
    return List.of(pane, events, late);
  }

  /** Continues from a {@link #state}. */
  public void restore(List<Long> state) {
    pane = state.get(0);
    events = state.get(1);
    late = state.get(2);
  }
}
