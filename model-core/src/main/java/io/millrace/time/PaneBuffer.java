package io.millrace.time;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Passes events to a learner sub-window by sub-window: whole panes, or the sub-windows at whose
 * ends maps may be built ({@link MapGrid}).
 *
 * <pre>
 *       sub-window s (open)      sub-window s+1
 *   ───────●──●───●──●────●────┃──────●──────►  event time
 *          learned at once     ┃      kept until the watermark passes the end of s
 * </pre>
 *
 * <p>With several partitions, events of the next sub-window arrive while the open one is not
 * complete. At most {@code maxHeld} of them are kept; beyond that the oldest is learned at once and
 * counted by {@link #early}, so that a learner never stops reading and memory stays bounded; it is
 * scored with the pane that is open then. Late events are passed on at once. A sub-window closes
 * when the watermark passes its end, if it had events or is the last one of a pane that had events;
 * one watermark may close several, in order. A sub-window closes once. A later event of it belongs
 * to the next sub-window of its pane; if the pane has closed, the event is late, even if the gate
 * did not mark it.
 */
final class PaneBuffer {

  private static final long NONE = Long.MIN_VALUE;

  private final MapGrid grid;
  private final int maxHeld;
  private final Consumer<Step> steps;
  private final ArrayDeque<ClickEvent> held = new ArrayDeque<>();
  private final TreeSet<Long> unclosed = new TreeSet<>();
  private long open = NONE;
  private long lastClosed = NONE;
  private long early;

  /** A buffer that passes steps on. */
  PaneBuffer(MapGrid grid, int maxHeld, Consumer<Step> steps) {
    this.grid = grid;
    this.maxHeld = maxHeld;
    this.steps = steps;
  }

  /** Takes an event that is on time, or one that the gate has marked late. */
  void onEvent(ClickEvent event, boolean late) {
    long subWindow = grid.of(event.eventTime(), open);
    if (late || subWindow <= lastClosed) {
      steps.accept(Step.learn(event, false));
      return;
    }
    if (unclosed.add(subWindow)) {
      unclosed.add(grid.lastOf(grid.pane(subWindow)));
    }
    if (subWindow <= open) {
      steps.accept(Step.learn(event, true));
      return;
    }
    held.add(event);
    if (held.size() > maxHeld) {
      early++;
      steps.accept(Step.learn(held.remove(), true));
    }
  }

  /**
   * Closes the sub-windows that a watermark completes and passes on what was kept for the next one.
   */
  void onWatermark(long watermark) {
    long complete = grid.lastClosed(watermark);
    while (!unclosed.isEmpty() && unclosed.first() <= complete) {
      long subWindow = unclosed.pollFirst();
      open(subWindow);
      lastClosed = subWindow;
      steps.accept(Step.close(subWindow));
    }
    if (watermark != Long.MAX_VALUE) {
      open(complete + 1);
    }
  }

  private void open(long subWindow) {
    open = Math.max(open, subWindow);
    for (int n = held.size(); n > 0; n--) {
      ClickEvent event = held.remove();
      if (grid.of(event.eventTime()) <= open) {
        steps.accept(Step.learn(event, true));
      } else {
        held.add(event);
      }
    }
  }

  /**
   * Start of the open sub-window, ms, or {@link Long#MIN_VALUE} before the first watermark: every
   * window that ended by then is older than all later events on time.
   */
  long openSince() {
    return open == NONE ? Long.MIN_VALUE : grid.end(open - 1);
  }

  /** Events learned before their sub-window was open, because too many were kept. */
  long early() {
    return early;
  }

  /** Writes the open sub-window and what is kept. */
  void writeState(DataOutput out) throws IOException {
    out.writeLong(open);
    out.writeLong(lastClosed);
    out.writeInt(unclosed.size());
    for (long subWindow : unclosed) {
      out.writeLong(subWindow);
    }
    out.writeLong(early);
    out.writeInt(held.size());
    for (ClickEvent event : held) {
      EventBytes.write(event, out);
    }
  }

  /** Reads what {@link #writeState} wrote. */
  void readState(DataInput in) throws IOException {
    open = in.readLong();
    lastClosed = in.readLong();
    unclosed.clear();
    for (int n = in.readInt(); n > 0; n--) {
      unclosed.add(in.readLong());
    }
    early = in.readLong();
    held.clear();
    for (int n = in.readInt(); n > 0; n--) {
      held.add(EventBytes.read(in));
    }
  }
}
