package io.millrace.flink.cli;

import io.millrace.event.EventLimits;
import picocli.CommandLine.Option;

/** Limits for the events to score; options, because scoring has no job file. */
final class LimitOptions {

  @Option(
      names = "--max-record-bytes",
      paramLabel = "N",
      defaultValue = "262144",
      description = "longest event; longer ones are rejected (limits.max_record_bytes of the job)")
  private int maxRecordBytes;

  @Option(
      names = "--max-ids-per-field",
      paramLabel = "N",
      defaultValue = "1000",
      description = "most values in one cell (limits.max_ids_per_field of the job)")
  private int maxIdsPerField;

  /**
   * The limits.
   *
   * @throws IllegalArgumentException naming the option that is out of range
   */
  EventLimits limits() {
    try {
      EventLimits any = EventLimits.DEFAULT;
      return new EventLimits(
          maxRecordBytes, maxIdsPerField, any.minTime(), any.maxTime(), any.maxAheadMs());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--" + e.getMessage().replace('_', '-'), e);
    }
  }
}
