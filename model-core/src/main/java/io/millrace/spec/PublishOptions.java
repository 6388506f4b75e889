package io.millrace.spec;

import io.millrace.records.Copyable;
import io.millrace.table.RowFormat;
import java.time.Duration;

/**
 * When models are published in addition to each window's end, in which form, and how many are kept.
 *
 * @param everyEvents number of learned events between two models (for replays), 0 for never
 * @param everySeconds number of seconds between two models (for live streams), 0 for never
 * @param keep newest versions kept per arm, at least 1
 * @param keepHours hours of event time before the newest version of which the last one each is kept
 *     too, at least 0
 * @param keepMaps newest windows whose map files are kept, per field and kind of map, at least 1
 * @param rows how the floats of embedding rows are stored
 * @param updates time between two updates of the served model, zero for none; null for the default
 *     of {@link #updates(boolean)}
 * @param gate what a model must fulfil to be published
 */
public record PublishOptions(
    long everyEvents,
    int everySeconds,
    int keep,
    int keepHours,
    int keepMaps,
    RowFormat rows,
    Duration updates,
    GateOptions gate)
    implements Copyable<PublishOptions> {

  private static final Duration LIVE_UPDATES = Duration.ofSeconds(1);
  private static final int SECONDS_WITH_UPDATES = 60;

  /** Options with the default of updates, and no hours. */
  public PublishOptions(
      long everyEvents,
      int everySeconds,
      int keep,
      int keepMaps,
      RowFormat rows,
      GateOptions gate) {
    this(everyEvents, everySeconds, keep, 0, keepMaps, rows, null, gate);
  }

  public PublishOptions {
    if (updates != null && updates.isNegative()) {
      throw new IllegalArgumentException("updates must be >= 0 ms but was " + updates.toMillis());
    }
    if (everyEvents < 0) {
      throw new IllegalArgumentException("every_events must be >= 0 but was " + everyEvents);
    }
    if (everySeconds < 0) {
      throw new IllegalArgumentException("every_seconds must be >= 0 but was " + everySeconds);
    }
    if (keep < 1) {
      throw new IllegalArgumentException("keep must be >= 1 but was " + keep);
    }
    if (keepHours < 0) {
      throw new IllegalArgumentException("keep_hours must be >= 0 but was " + keepHours);
    }
    if (keepMaps < 1) {
      throw new IllegalArgumentException("keep_maps must be >= 1 but was " + keepMaps);
    }
  }

  /**
   * Time between two updates of the served model; zero for none.
   *
   * @param live whether the job reads a stream without an end
   */
  public Duration updates(boolean live) {
    return updates != null ? updates : live ? LIVE_UPDATES : Duration.ZERO;
  }

  /**
   * Number of seconds between two models, 0 for never: with updates never 0, as a server that lacks
   * one needs a whole model.
   */
  public int everySeconds(boolean withUpdates) {
    return everySeconds == 0 && withUpdates ? SECONDS_WITH_UPDATES : everySeconds;
  }
}
