package io.millrace.time;

import io.millrace.event.ClickEvent;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

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
 * when it comes and, by event time, counted by {@link #outOfOrder}; late events are not among
 * those. A sub-window closes when the watermark passes its end, if it had events or is the last one
 * of a pane that had events; one watermark may close several, in order. A sub-window closes once. A
 * later event of it belongs to the next sub-window of its pane; if the pane has closed, the event
 * is late, even if the gate did not mark it.
 *
 * <p>By arrival, a late event is learned when it comes. By event time, its place is after what a
 * watermark {@code lateness + 1} ms behind the newest event would have released and closed when it
 * came, and before everything else; several are in the order of arrival. In one partition that is
 * its place if there were a watermark after each event. So it does not depend on when watermarks
 * come either: where they lag, the late event is held until they have reached its place.
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
      onLate(event);
      return;
    }
    if (unclosed.add(subWindow)) {
      unclosed.add(grid.lastOf(grid.pane(subWindow)));
    }
    if (byTime ? event.eventTime() <= watermark : subWindow <= open) {
      outOfOrder += byTime ? 1 : 0;
      steps.accept(Step.learn(event, true));
      return;
    }
    held.add(event);
    bound();
  }

  private void onLate(ClickEvent event) {
    long reached = held.newest() - grid.windows().latenessMs() - 1;
    if (byTime && held.newest() != NONE && reached > watermark) {
      held.addLate(event, reached + 1);
      bound();
    } else {
      steps.accept(Step.learn(event, false));
    }
  }

  private void bound() {
    if (held.size() > maxHeld) {
      early++;
      steps.accept(held.remove());
    }
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
        held.release(next + 1, true, steps);
      }
      return;
    }
    long complete = grid.lastClosed(next);
    while (!unclosed.isEmpty() && unclosed.first() <= complete) {
      close(unclosed.pollFirst());
    }
    if (next != Long.MAX_VALUE) {
      open(complete + 1);
      held.release(byTime ? next + 1 : openEnd, true, steps);
    }
  }

  private void close(long subWindow) {
    open(subWindow);
    held.release(grid.end(subWindow), false, steps);
    lastClosed = subWindow;
    steps.accept(Step.close(subWindow));
  }

  private void open(long subWindow) {
    if (subWindow > open) {
      open = subWindow;
      openEnd = grid.end(subWindow);
    }
  }

  /**
   * Start of the open sub-window, ms, or {@link Long#MIN_VALUE} before the first watermark: every
   * window that ended by then is older than all later events on time.
   */
  long openSince() {
    return open == NONE ? Long.MIN_VALUE : grid.end(open - 1);
  }

  /** Events learned ahead of their turn, late ones included, because too many were held. */
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

  /** The open sub-window and what is held, as they are now. */
  Sequencer.Moment now() {
    Sequencer.Moment events = held.now();
    long[] numbers = {open, lastClosed};
    long[] closing = unclosed.stream().mapToLong(Long::longValue).toArray();
    long[] counts = {watermark, early, outOfOrder};
    return out -> {
      write(numbers, out);
      out.writeInt(closing.length);
      write(closing, out);
      write(counts, out);
      events.write(out);
    };
  }

  private static void write(long[] values, DataOutput out) throws IOException {
    for (long value : values) {
      out.writeLong(value);
    }
  }

  /**
   * The last sub-window that has closed or may have an event; {@link Long#MIN_VALUE} if there is
   * none.
   */
  long reached() {
    long closed = watermark == NONE ? NONE : grid.lastClosed(watermark);
    return unclosed.isEmpty() ? closed : Math.max(closed, unclosed.last());
  }

  /** Takes the place of a buffer that has seen nothing else, its events as {@code moved}. */
  void take(PaneBuffer former, UnaryOperator<ClickEvent> moved) {
    open(former.open);
    lastClosed = former.lastClosed;
    unclosed.addAll(former.unclosed);
    watermark = former.watermark;
    early = former.early;
    outOfOrder = former.outOfOrder;
    former.held.addTo(held, moved);
  }

  /** Reads what {@link #now} has written, or an earlier version. */
  void readState(DataInput in, Sequencer.Layout layout) throws IOException {
    boolean byArrivalOnly = layout == Sequencer.Layout.BY_ARRIVAL;
    open = in.readLong();
    openEnd = open == NONE ? NONE : grid.end(open);
    lastClosed = in.readLong();
    unclosed.clear();
    for (int n = in.readInt(); n > 0; n--) {
      unclosed.add(in.readLong());
    }
    // by arrival, all before the open sub-window has been learned
    watermark = byArrivalOnly ? openSince() - (open == NONE ? 0 : 1) : in.readLong();
    early = in.readLong();
    outOfOrder = byArrivalOnly ? 0 : in.readLong();
    held.read(in, layout == Sequencer.Layout.NEWEST);
  }
}
