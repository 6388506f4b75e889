package io.millrace.format;

import io.millrace.event.TimeColumn;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.Locale;

/** Parses event times in the format of a {@link TimeColumn}. */
final class TimeParser {

  /** Returned for text that is not a time. */
  static final long BAD = Long.MIN_VALUE;

  private final TimeColumn column;
  private final DateTimeFormatter formatter;
  private final ZoneId zone;
  private final Numbers numbers = new Numbers();

  TimeParser(TimeColumn column) {
    this.column = column;
    if (column instanceof TimeColumn.Pattern pattern) {
      formatter = formatter(pattern);
      zone = ZoneId.of(pattern.zone());
    } else {
      formatter = null;
      zone = null;
    }
  }

  private static DateTimeFormatter formatter(TimeColumn.Pattern column) {
    DateTimeFormatterBuilder builder =
        new DateTimeFormatterBuilder().parseCaseInsensitive().appendPattern(column.pattern());
    String letters = column.pattern().replaceAll("'[^']*'", "");
    if (!letters.matches(".*[yuY].*")) {
      builder.parseDefaulting(ChronoField.YEAR, column.year());
    }
    return builder.toFormatter(Locale.ENGLISH);
  }

  /** The rule for a time, for messages. */
  String rule() {
    if (column instanceof TimeColumn.Pattern pattern) {
      return "be a time like " + pattern.pattern();
    }
    return "be a time in " + unit().name().toLowerCase(Locale.ROOT) + " since 1970";
  }

  private TimeColumn.Unit unit() {
    return column instanceof TimeColumn.Epoch epoch ? epoch.unit() : TimeColumn.Unit.MS;
  }

  /** Milliseconds since the epoch, or {@link #BAD}. */
  long parse(byte[] bytes, int from, int length) {
    return formatter == null
        ? parseNumber(bytes, from, length)
        : parsePattern(new String(bytes, from, length, StandardCharsets.UTF_8));
  }

  private long parseNumber(byte[] bytes, int from, int length) {
    if (numbers.read(bytes, from, length) != Numbers.Kind.NUMBER) {
      return BAD;
    }
    TimeColumn.Unit unit = unit();
    if (numbers.exact) {
      long over = unit.over;
      for (int i = 0; i < numbers.decimals; i++) {
        if (over > Long.MAX_VALUE / 10) {
          return floor(numbers.value * unit.times / unit.over);
        }
        over *= 10;
      }
      long times = numbers.mantissa * unit.times;
      if (times / unit.times == numbers.mantissa) {
        return Math.floorDiv(times, over);
      }
    }
    return floor(numbers.value * unit.times / unit.over);
  }

  private static long floor(double ms) {
    return Math.abs(ms) < 9e18 ? (long) Math.floor(ms) : Long.MAX_VALUE;
  }

  private long parsePattern(String text) {
    try {
      TemporalAccessor parsed = formatter.parse(text.strip());
      LocalDate date = parsed.query(TemporalQueries.localDate());
      LocalTime time = parsed.query(TemporalQueries.localTime());
      ZoneId own = parsed.query(TemporalQueries.zone());
      if (date == null) {
        return parsed.isSupported(ChronoField.INSTANT_SECONDS)
            ? parsed.getLong(ChronoField.INSTANT_SECONDS) * 1_000
            : BAD;
      }
      return date.atTime(time == null ? LocalTime.MIDNIGHT : time)
          .atZone(own == null ? zone : own)
          .toInstant()
          .toEpochMilli();
    } catch (DateTimeException | ArithmeticException e) {
      return BAD;
    }
  }
}
