package io.millrace.stream;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import io.millrace.event.WindowSpec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.TreeSet;

/**
 * Hands events to a trainer pane by pane.
 *
 * <pre>
 *          pane p (open)            pane p+1
 *   ───────●──●───●──●────●────┃──────●──────►  event time
 *          learned as they come┃      held until the watermark passes the end of p
 * </pre>
 *
 * <p>With several partitions, events of the next pane arrive while the open one is not complete.
 * They are held, at most {@code maxHeld} of them; beyond it the oldest is learned at once, counted
 * by {@link #early}, so that a trainer never stops reading and memory stays bounded; it is scored
 * with the pane that is open then. Late events are handed on at once. A pane closes when the
 * watermark passes its end, if it had events; one watermark may close several, each in its turn. It
 * closes once: what comes for it afterwards is late, whatever the gate could know of it.
 */
public final class PaneBuffer {

  /** The trainer's side. */
  public interface Trainer {
    /**
     * Learns one event.
     *
     * @param scored false for late events, which belong to no window any more
     */
    void learn(ClickEvent event, boolean scored);

    /** A pane with at least one event on time has ended; panes end in order. */
    void closePane(long pane);
  }

  private static final long NONE = Long.MIN_VALUE;

  private final WindowSpec windows;
  private final int maxHeld;
  private final Trainer trainer;
  private final ArrayDeque<ClickEvent> held = new ArrayDeque<>();
  private final TreeSet<Long> unclosed = new TreeSet<>();
  private long openPane = NONE;
  private long lastClosed = NONE;
  private long early;

  /** A buffer in front of {@code trainer}. */
  public PaneBuffer(WindowSpec windows, int maxHeld, Trainer trainer) {
    this.windows = windows;
    this.maxHeld = maxHeld;
    this.trainer = trainer;
  }

  /** Takes an event that is on time, or one that the gate has marked late. */
  public void onEvent(ClickEvent event, boolean late) {
    long pane = windows.pane(event.eventTime());
    if (late || pane <= lastClosed) {
      trainer.learn(event, false);
      return;
    }
    unclosed.add(pane);
    if (pane <= openPane) {
      trainer.learn(event, true);
      return;
    }
    held.add(event);
    if (held.size() > maxHeld) {
      early++;
      trainer.learn(held.remove(), true);
    }
  }

  /** Closes the panes that a watermark completes and hands on what was held for the next one. */
  public void onWatermark(long watermark) {
    while (!unclosed.isEmpty() && windows.closed(unclosed.first(), watermark)) {
      long pane = unclosed.pollFirst();
      open(pane);
      lastClosed = pane;
      trainer.closePane(pane);
    }
    if (watermark != Long.MAX_VALUE) {
      open(windows.pane(watermark + 1));
    }
  }

  private void open(long pane) {
    openPane = Math.max(openPane, pane);
    for (int n = held.size(); n > 0; n--) {
      ClickEvent event = held.remove();
      if (windows.pane(event.eventTime()) <= openPane) {
        trainer.learn(event, true);
      } else {
        held.add(event);
      }
    }
  }

  /**
   * Start of the open pane, ms, or {@link Long#MIN_VALUE} before the first watermark: every window
   * that ended by then is older than all events on time that are yet to come.
   */
  public long openSince() {
    return openPane == NONE ? Long.MIN_VALUE : windows.paneStart(openPane);
  }

  /** Events learned before their pane was open, because too many were held. */
  public long early() {
    return early;
  }

  /** Writes the open pane and what is held. */
  public void writeState(DataOutput out) throws IOException {
    out.writeLong(openPane);
    out.writeLong(lastClosed);
    out.writeInt(unclosed.size());
    for (long pane : unclosed) {
      out.writeLong(pane);
    }
    out.writeLong(early);
    out.writeInt(held.size());
    for (ClickEvent event : held) {
      EventBytes.write(event, out);
    }
  }

  /** Reads what {@link #writeState} wrote. */
  public void readState(DataInput in) throws IOException {
    openPane = in.readLong();
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
