package io.millrace.file.parquet;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.apache.parquet.format.TimeUnit;

/** Parquet's times and dates as ISO 8601. */
final class Instants {

  private static final long NANOS = 1_000_000_000L;
  private static final long JULIAN_EPOCH = 2_440_588;
  private static final long DAY = 86_400;

  private Instants() {}

  /** Units in a second. */
  static long perSecond(TimeUnit unit) {
    return unit.isSetMILLIS() ? 1_000 : unit.isSetMICROS() ? 1_000_000 : NANOS;
  }

  static Instant instant(long value, long perSecond) {
    return Instant.ofEpochSecond(
        Math.floorDiv(value, perSecond), Math.floorMod(value, perSecond) * (NANOS / perSecond));
  }

  /** The time of 12 bytes as Impala and older Spark write them: nanoseconds, then a Julian day. */
  static Instant int96(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long nanos = in.getLong();
    return Instant.ofEpochSecond((in.getInt() - JULIAN_EPOCH) * DAY, nanos);
  }

  /**
   * A time such as {@code 2026-01-31T09:30:00.123Z}; without {@code Z} if it is local to a zone
   * that the file does not say.
   */
  static String iso(Instant time, boolean utc) {
    return utc
        ? time.toString()
        : LocalDateTime.ofInstant(time, ZoneOffset.UTC)
            .format(DateTimeFormatter.ISO_LOCAL_DATE_TIME);
  }

  static String date(int day) {
    return LocalDate.ofEpochDay(day).toString();
  }

  static String timeOfDay(long value, long perSecond) {
    return LocalTime.ofNanoOfDay(value * (NANOS / perSecond)).toString();
  }
}
