package io.millrace.event;

import java.io.Serializable;
import java.time.Instant;

/**
 * Limits for a record; one that exceeds them is rejected.
 *
 * @param maxRecordBytes longest record as it arrives (line, JSON or binary), at least 64
 * @param maxIdsPerField most ids of one multi-hot cell, at least 1
 * @param minTime earliest event time, milliseconds since the epoch
 * @param maxTime first event time that is too late, milliseconds since the epoch
 * @param maxAheadMs how far an event time may be ahead of the event's arrival, milliseconds; 0 for
 *     no limit
 */
public record EventLimits(
    int maxRecordBytes, int maxIdsPerField, long minTime, long maxTime, long maxAheadMs)
    implements Serializable {

  /** 256 KiB per record, 1,000 ids per cell, years 1990 to 2099, at most a day ahead. */
  public static final EventLimits DEFAULT =
      new EventLimits(256 * 1024, 1_000, 631_152_000_000L, 4_102_444_800_000L, 86_400_000);

  public EventLimits {
    if (maxRecordBytes < 64 || maxRecordBytes > 64 << 20) {
      throw new IllegalArgumentException(
          "max_record_bytes must be in 64..67108864 but was " + maxRecordBytes);
    }
    if (maxIdsPerField < 1) {
      throw new IllegalArgumentException(
          "max_ids_per_field must be >= 1 but was " + maxIdsPerField);
    }
    if (maxTime <= minTime) {
      throw new IllegalArgumentException(
          "the latest time must be > the earliest (" + minTime + ") but was " + maxTime);
    }
    if (maxAheadMs < 0) {
      throw new IllegalArgumentException("max_ahead must be >= 0 ms but was " + maxAheadMs);
    }
  }

  /**
   * These limits for events that have all arrived by {@code now}, such as those of a file: {@code
   * maxTime} is then at most {@code now + maxAheadMs + 1}.
   *
   * @param now milliseconds since the epoch
   */
  public EventLimits arrivedBy(long now) {
    boolean bounded = maxAheadMs > 0 && now > minTime && maxTime - 1 - now > maxAheadMs;
    long latest = bounded ? now + maxAheadMs + 1 : maxTime;
    return new EventLimits(maxRecordBytes, maxIdsPerField, minTime, latest, maxAheadMs);
  }

  /**
   * The reject of an event that is too far ahead of its arrival, or null.
   *
   * <p>Without this check, one such event would advance the watermark to its time, close every
   * window before it, and make all following events late.
   *
   * @param column name of the time column, for the message
   * @param arrived milliseconds since the epoch
   */
  public Reject checkAhead(String column, long eventTime, long arrived) {
    if (maxAheadMs == 0 || eventTime - arrived <= maxAheadMs) {
      return null;
    }
    return new Reject(
        Reject.Reason.TIME_OUT_OF_RANGE,
        "%s must be at most %d s (limits.max_ahead) after %s, when it arrived, but was %s"
            .formatted(
                column,
                maxAheadMs / 1000,
                Instant.ofEpochMilli(arrived),
                Instant.ofEpochMilli(eventTime)));
  }
}
