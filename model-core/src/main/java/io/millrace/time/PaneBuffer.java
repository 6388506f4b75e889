package io.millrace.time;

import io.millrace.event.ClickEvent;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Passes events to a learner sub-window by sub-window: whole panes, or the sub-windows at whose
 * ends maps may be built ({@link MapGrid}).
 *
 * <pre>
 *       sub-window s (open)      sub-window s+1
 *   ───●──●───●────┊───●────●────┃──────●──────►  event time
 *      learned     ┊             ┃
 *              watermark         ┃
 *   event-time:    ┊  held until the watermark reaches the event
 *   arrival:      learned        ┃  held until the watermark passes the end of s
 * </pre>
 *
 * <p>By event time, events are learned in ascending order of time and hash ({@link LearningOrder}),
 * and a sub-window closes between its last event and the first one of the next. So the steps depend
 * on the events alone, not on when they and the watermarks come, as long as {@link #early} and
 * {@link #outOfOrder} are 0. By arrival, the order is that of delivery.
 *
 * <p>At most {@code maxHeld} events are held. Beyond that the first one in the order is learned at
 * once and counted by {@link #early}, so that a learner never stops reading and memory stays
 * bounded; it is scored with the pane that is open then. An event behind the watermark is learned
 * when it comes and, by event time, counted by {@link #outOfOrder}. Late events are passed on at
 * once; they are in neither count. A sub-window closes when the watermark passes its end, if it had
 * events or is the last one of a pane that had events; one watermark may close several, in order. A
 * sub-window closes once. A later event of it belongs to the next sub-window of its pane; if the
 * pane has closed, the event is late, even if the gate did not mark it.
 */
final class PaneBuffer {

  private static final long NONE = Long.MIN_VALUE;

  private final MapGrid grid;
  private final boolean byTime;
  private final int maxHeld;
  private final Consumer<Step> steps;
  private final HeldEvents held;
  private final TreeSet<Long> unclosed = new TreeSet<>();
  private long open = NONE;
  private long openEnd = NONE;
  private long lastClosed = NONE;
  private long watermark = NONE;
  private long early;
  private long outOfOrder;

  /** A buffer that passes steps on. */
  PaneBuffer(MapGrid grid, LearningOrder order, int maxHeld, Consumer<Step> steps) {
    this.grid = grid;
    this.byTime = order == LearningOrder.EVENT_TIME;
    this.maxHeld = maxHeld;
    this.steps = steps;
    this.held = HeldEvents.in(order);
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
    if (byTime ? event.eventTime() <= watermark : subWindow <= open) {
      outOfOrder += byTime ? 1 : 0;
      learn(event);
      return;
    }
    held.add(event);
    if (held.size() > maxHeld) {
      early++;
      learn(held.remove());
    }
  }

  private void learn(ClickEvent event) {
    steps.accept(Step.learn(event, true));
  }

  /**
   * Takes a watermark, ms: closes the sub-windows that it completes and passes on what it releases.
   */
  void onWatermark(long next) {
    if (next <= watermark) {
      return;
    }
    watermark = next;
    if (open != NONE && next < openEnd - 1) {
      if (byTime) {
        release(next + 1);
      }
      return;
    }
    long complete = grid.lastClosed(next);
    while (!unclosed.isEmpty() && unclosed.first() <= complete) {
      close(unclosed.pollFirst());
    }
    if (next != Long.MAX_VALUE) {
      open(complete + 1);
      release(byTime ? next + 1 : openEnd);
    }
  }

  private void close(long subWindow) {
    open(subWindow);
    release(grid.end(subWindow));
    lastClosed = subWindow;
    steps.accept(Step.close(subWindow));
  }

  private void open(long subWindow) {
    if (subWindow > open) {
      open = subWindow;
      openEnd = grid.end(subWindow);
    }
  }

  private void release(long before) {
    held.release(before, this::learn);
  }

  /**
   * Start of the open sub-window, ms, or {@link Long#MIN_VALUE} before the first watermark: every
   * window that ended by then is older than all later events on time.
   */
  long openSince() {
    return open == NONE ? Long.MIN_VALUE : grid.end(open - 1);
  }

  /** Events learned ahead of their turn, because too many were held. */
  long early() {
    return early;
  }

  /** Events learned behind their turn, as the watermark had passed them; not the late ones. */
  long outOfOrder() {
    return outOfOrder;
  }

  /** Events held. */
  int held() {
    return held.size();
  }

  /** Memory that they take, about. */
  long heldBytes() {
    return held.bytes();
  }

  /** Writes the open sub-window and what is held. */
  void writeState(DataOutput out) throws IOException {
    out.writeLong(open);
    out.writeLong(lastClosed);
    out.writeInt(unclosed.size());
    for (long subWindow : unclosed) {
      out.writeLong(subWindow);
    }
    out.writeLong(watermark);
    out.writeLong(early);
    out.writeLong(outOfOrder);
    held.write(out);
  }

  /**
   * Reads what {@link #writeState} wrote.
   *
   * @param byArrivalOnly true for an earlier version, without watermark and events out of order:
   *     all before the open sub-window has been learned
   */
  void readState(DataInput in, boolean byArrivalOnly) throws IOException {
    open = in.readLong();
    openEnd = open == NONE ? NONE : grid.end(open);
    lastClosed = in.readLong();
    unclosed.clear();
    for (int n = in.readInt(); n > 0; n--) {
      unclosed.add(in.readLong());
    }
    watermark = byArrivalOnly ? openSince() - (open == NONE ? 0 : 1) : in.readLong();
    early = in.readLong();
    outOfOrder = byArrivalOnly ? 0 : in.readLong();
    held.read(in);
  }
}
