package io.millrace.file;

import io.millrace.event.TimeColumn;
import io.millrace.event.TimeParser;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.BiFunction;

/** Writes times as {@link TimeParser} reads them. */
final class TimeWriter {

  private TimeWriter() {}

  /**
   * Writes a time for a column: as a number of its unit, or in its pattern and zone; null for a
   * made-up clock, which reads no times. The second argument says whether the time is in UTC;
   * otherwise a pattern takes it as local to the column's zone.
   */
  static BiFunction<Instant, Boolean, String> of(TimeColumn column) {
    if (column instanceof TimeColumn.Epoch epoch) {
      long unitsPerSecond = 1_000 / epoch.unit().times * epoch.unit().over;
      return (time, utc) -> since1970(time, unitsPerSecond);
    }
    if (column instanceof TimeColumn.Pattern pattern) {
      ZoneId zone = ZoneId.of(pattern.zone());
      DateTimeFormatter formatter = DateTimeFormatter.ofPattern(pattern.pattern(), Locale.ENGLISH);
      return (time, utc) ->
          formatter.format(
              utc ? time.atZone(zone) : LocalDateTime.ofInstant(time, ZoneOffset.UTC).atZone(zone));
    }
    return null;
  }

  /** With as many decimals as needed. */
  private static String since1970(Instant time, long unitsPerSecond) {
    return BigDecimal.valueOf(time.getEpochSecond())
        .add(BigDecimal.valueOf(time.getNano(), 9))
        .multiply(BigDecimal.valueOf(unitsPerSecond))
        .stripTrailingZeros()
        .toPlainString();
  }
}
