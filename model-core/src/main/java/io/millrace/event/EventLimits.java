package io.millrace.event;

import java.io.Serializable;

/**
 * What a record may not exceed.
 *
 * @param maxRecordBytes longest record as it arrives (line, JSON or binary), at least 64
 * @param maxIdsPerField most ids of one multi-hot cell, at least 1
 * @param minTime earliest event time, milliseconds since the epoch
 * @param maxTime first event time that is too late, milliseconds since the epoch
 */
public record EventLimits(int maxRecordBytes, int maxIdsPerField, long minTime, long maxTime)
    implements Serializable {

  /** 256 KiB a record, 1,000 ids a cell, years 1990 to 2099. */
  public static final EventLimits DEFAULT =
      new EventLimits(256 * 1024, 1_000, 631_152_000_000L, 4_102_444_800_000L);

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
  }
}
