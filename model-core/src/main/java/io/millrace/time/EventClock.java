package io.millrace.time;

/**
 * Derives the watermark of one ordered source from the times of its events.
 *
 * <p>The watermark stays {@code lateness + 1} ms behind the newest event. When it enters another
 * sub-window it has to be announced directly after the event that moved it, so that sub-windows
 * close behind the same events in every run. Between two such events, whoever orders events may ask
 * for it as often as it likes.
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
   * Takes an event.
   *
   * @param eventTime ms since the epoch
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
   * Takes an event of a source that was idle, so that operators no longer waited for its watermark.
   * They wait for it again from now on, so it is announced even within a sub-window.
   *
   * @param eventTime ms since the epoch
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

  /** The watermark, ms, announced or not; {@link #NONE} before the first event. */
  public long watermark() {
    return newest == Long.MIN_VALUE ? NONE : newest - grid.windows().latenessMs() - 1;
  }
}
