package io.millrace.stream;

import io.millrace.event.WindowSpec;

/**
 * Derives the watermark of one ordered source from the times of its events.
 *
 * <p>The watermark stays {@code lateness + 1} ms behind the newest event. It is announced only when
 * it enters another pane, as nothing happens within a pane: windows close at pane ends. So a stream
 * of millions of events has a few watermarks a day, and they fall at the same event in every run.
 */
public final class EventClock {

  /** No watermark to announce. */
  public static final long NONE = Long.MIN_VALUE;

  private final WindowSpec windows;
  private long newest = Long.MIN_VALUE;
  private long announcedPane = Long.MIN_VALUE;

  /** A clock that has seen nothing. */
  public EventClock(WindowSpec windows) {
    this.windows = windows;
  }

  /**
   * Sees an event.
   *
   * @return the watermark to announce right after the event, or {@link #NONE}
   */
  public long advance(long eventTime) {
    if (eventTime <= newest) {
      return NONE;
    }
    newest = eventTime;
    long watermark = watermark();
    long pane = windows.pane(watermark + 1);
    if (pane <= announcedPane) {
      return NONE;
    }
    announcedPane = pane;
    return watermark;
  }

  /**
   * Sees an event of a source that was silent for so long that others no longer wait for it. They
   * do again once they hear of it, so its watermark is announced also within a pane.
   *
   * @return the watermark to announce right after the event, or {@link #NONE} where the event is
   *     not newer than those before
   */
  public long wake(long eventTime) {
    if (eventTime <= newest) {
      return NONE;
    }
    long watermark = advance(eventTime);
    return watermark == NONE ? watermark() : watermark;
  }

  /** The watermark now, announced or not; {@link #NONE} before the first event. */
  public long watermark() {
    return newest == Long.MIN_VALUE ? NONE : newest - windows.latenessMs() - 1;
  }
}
