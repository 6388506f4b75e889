package io.millrace.time;

/**
 * Derives the watermark of one ordered source from the times of its events.
 *
 * <p>The watermark stays {@code lateness + 1} ms behind the newest event. It is announced only when
 * it enters another sub-window, as nothing happens within one. So a stream of millions of events
 * has a few watermarks a day, and they fall at the same event in every run.
 */
public final class EventClock {

  /** No watermark to announce. */
  public static final long NONE = Long.MIN_VALUE;

  private final WatchGrid grid;
  private long newest = Long.MIN_VALUE;
  private long announced = Long.MIN_VALUE;

  /** A clock that has seen no event; it announces sub-windows. */
  public EventClock(WatchGrid grid) {
    this.grid = grid;
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
    long entered = grid.of(watermark + 1);
    if (entered <= announced) {
      return NONE;
    }
    announced = entered;
    return watermark;
  }

  /**
   * Sees an event of a source that was silent for so long that others no longer wait for it. They
   * do again once they hear of it, so its watermark is announced also within a sub-window.
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
    return newest == Long.MIN_VALUE ? NONE : newest - grid.windows().latenessMs() - 1;
  }
}
