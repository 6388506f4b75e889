package io.millrace.flink.cli;

import io.millrace.event.EventLimits;
import picocli.CommandLine.Option;

/** What an event to be scored may not exceed: the limits of the job file, which is not at hand. */
final class LimitOptions {

  @Option(
      names = "--max-record-bytes",
      paramLabel = "N",
      defaultValue = "262144",
      description = "longest event; longer ones are rejected, as limits.max_record_bytes does")
  private int maxRecordBytes;

  @Option(
      names = "--max-ids-per-field",
      paramLabel = "N",
      defaultValue = "1000",
      description = "most values in one cell, as limits.max_ids_per_field")
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
