package io.millrace.time;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventBytes;
import io.millrace.spec.JobSpec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.TreeSet;

/**
 * Hands events to a trainer part by part: whole panes, or the parts of a pane at whose ends maps
 * may be built ({@link JobSpec#mapParts}).
 *
 * <pre>
 *          part p (open)            part p+1
 *   ───────●──●───●──●────●────┃──────●──────►  event time
 *          learned as they come┃      held until the watermark passes the end of p
 * </pre>
 *
 * <p>With several partitions, events of the next part arrive while the open one is not complete.
 * They are held, at most {@code maxHeld} of them; beyond it the oldest is learned at once, counted
 * by {@link #early}, so that a trainer never stops reading and memory stays bounded; it is scored
 * with the pane that is open then. Late events are handed on at once. A part closes when the
 * watermark passes its end, if it had events or is the last of a pane that had; one watermark may
 * close several, each in its turn. It closes once: what comes for it afterwards is of the next part
 * of its pane, or late if that has closed, whatever the gate could know of it.
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

    /** A part with an event on time, or the last one of such a pane, has ended; in order. */
    void closePart(long part);
  }

  private static final long NONE = Long.MIN_VALUE;

  private final SubWindows parts;
  private final int maxHeld;
  private final Trainer trainer;
  private final ArrayDeque<ClickEvent> held = new ArrayDeque<>();
  private final TreeSet<Long> unclosed = new TreeSet<>();
  private long openPart = NONE;
  private long lastClosed = NONE;
  private long early;

  /** A buffer in front of {@code trainer}. */
  public PaneBuffer(SubWindows parts, int maxHeld, Trainer trainer) {
    this.parts = parts;
    this.maxHeld = maxHeld;
    this.trainer = trainer;
  }

  /** Takes an event that is on time, or one that the gate has marked late. */
  public void onEvent(ClickEvent event, boolean late) {
    long part = parts.of(event.eventTime(), openPart);
    if (late || part <= lastClosed) {
      trainer.learn(event, false);
      return;
    }
    if (unclosed.add(part)) {
      unclosed.add(parts.lastOf(parts.pane(part)));
    }
    if (part <= openPart) {
      trainer.learn(event, true);
      return;
    }
    held.add(event);
    if (held.size() > maxHeld) {
      early++;
      trainer.learn(held.remove(), true);
    }
  }

  /** Closes the parts that a watermark completes and hands on what was held for the next one. */
  public void onWatermark(long watermark) {
    long complete = parts.lastClosed(watermark);
    while (!unclosed.isEmpty() && unclosed.first() <= complete) {
      long part = unclosed.pollFirst();
      open(part);
      lastClosed = part;
      trainer.closePart(part);
    }
    if (watermark != Long.MAX_VALUE) {
      open(complete + 1);
    }
  }

  private void open(long part) {
    openPart = Math.max(openPart, part);
    for (int n = held.size(); n > 0; n--) {
      ClickEvent event = held.remove();
      if (parts.of(event.eventTime()) <= openPart) {
        trainer.learn(event, true);
      } else {
        held.add(event);
      }
    }
  }

  /**
   * Start of the open part, ms, or {@link Long#MIN_VALUE} before the first watermark: every window
   * that ended by then is older than all events on time that are yet to come.
   */
  public long openSince() {
    return openPart == NONE ? Long.MIN_VALUE : parts.end(openPart - 1);
  }

  /** The part that closed last; {@link Long#MIN_VALUE} before the first. */
  public long lastClosed() {
    return lastClosed;
  }

  /** Events learned before their part was open, because too many were held. */
  public long early() {
    return early;
  }

  /** Writes the open part and what is held. */
  public void writeState(DataOutput out) throws IOException {
    out.writeLong(openPart);
    out.writeLong(lastClosed);
    out.writeInt(unclosed.size());
    for (long part : unclosed) {
      out.writeLong(part);
    }
    out.writeLong(early);
    out.writeInt(held.size());
    for (ClickEvent event : held) {
      EventBytes.write(event, out);
    }
  }

  /** Reads what {@link #writeState} wrote. */
  public void readState(DataInput in) throws IOException {
    openPart = in.readLong();
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
