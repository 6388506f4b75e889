package io.millrace.spec;

import io.millrace.records.Copyable;

/**
 * When models are published in addition to each window's end, and how many are kept.
 *
 * @param everyEvents number of learned events between two models (for replays), 0 for never
 * @param everySeconds number of seconds between two models (for live streams), 0 for never
 * @param keep versions kept per arm, at least 1
 * @param keepMaps newest windows whose map files are kept, per field and kind of map, at least 1
 * @param gate what a model must fulfil to be published
 */
public record PublishOptions(long everyEvents, int everySeconds, int keep, int keepMaps, GateOptions gate)
    implements Copyable<PublishOptions> {

  public PublishOptions {
    if (everyEvents < 0) {
      throw new IllegalArgumentException("every_events must be >= 0 but was " + everyEvents);
    }
    if (everySeconds < 0) {
      throw new IllegalArgumentException("every_seconds must be >= 0 but was " + everySeconds);
    }
    if (keep < 1) {
      throw new IllegalArgumentException("keep must be >= 1 but was " + keep);
    }
    if (keepMaps < 1) {
      throw new IllegalArgumentException("keep_maps must be >= 1 but was " + keepMaps);
    }
  }
}
