package io.millrace.event;

import java.io.Serializable;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Objects;

/** The source of an event's time. Event times are milliseconds since 1970-01-01T00:00:00Z. */
public sealed interface TimeColumn extends Serializable
    permits TimeColumn.Epoch, TimeColumn.Pattern, TimeColumn.MadeUp {

  /** The key of the made-up time, milliseconds, in records of a log without times. */
  String MADE_UP_KEY = "event_time";

  /** The column or key that holds the time; for a made-up clock, the key of records in Kafka. */
  String column();

  /** The unit of a time since the epoch. */
  enum Unit {
    S(1_000, 1),
    MS(1, 1),
    US(1, 1_000),
    NS(1, 1_000_000);

    /** Milliseconds are {@code floor(number * times / over)}. */
    public final long times;

    public final long over;

    Unit(long times, long over) {
      this.times = times;
      this.over = over;
    }
  }

  /**
   * A number of units since the epoch, or text as in ISO 8601, such as {@code
   * 2024-01-31T12:00:00.25+01:00}; rounded down to a millisecond.
   *
   * @param column the column or key
   * @param unit seconds, milli-, micro- or nanoseconds; of numbers only
   * @param zone the zone of ISO texts that name no offset, such as {@code UTC}; empty to reject
   *     them
   */
  record Epoch(String column, Unit unit, String zone) implements TimeColumn {
    public Epoch {
      checkColumn(column);
      if (!zone.isEmpty()) {
        checkZone(zone);
      }
    }

    /** A number of units since the epoch, or ISO 8601 text with an offset. */
    public Epoch(String column, Unit unit) {
      this(column, unit, "");
    }
  }

  /**
   * Text in a pattern of {@link DateTimeFormatter}, parsed strictly. {@link TimePattern} says
   * whether a pattern determines a time; a text that leaves it open is a bad time.
   *
   * @param column the column or key
   * @param pattern such as {@code uuuu-MM-dd HH:mm:ss[.SSSSSS]XXX}; a pattern without time of day
   *     means midnight
   * @param year the year if the pattern has none; else ignored
   * @param zone the zone if the pattern has none, such as {@code UTC}
   */
  record Pattern(String column, String pattern, int year, String zone) implements TimeColumn {
    public Pattern {
      checkColumn(column);
      try {
        Objects.requireNonNull(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH));
      } catch (IllegalArgumentException | ClassCastException e) { // a padded number before another
        throw new IllegalArgumentException(
            "pattern must be one of java.time's DateTimeFormatter but was '" + pattern + "'", e);
      }
      checkZone(zone);
    }
  }

  /**
   * A made-up clock for a log without times: row {@code r} of the file, counted from 0 with bad
   * rows included, happened at {@code start + floor(r * 86,400,000 / eventsPerDay)}. A record in
   * Kafka has no row; it carries its time under {@link #MADE_UP_KEY}.
   *
   * @param eventsPerDay rows per day, at least 1, at most 10^11
   * @param start time of row 0, milliseconds since the epoch
   */
  record MadeUp(long eventsPerDay, long start) implements TimeColumn {
    static final long MOST_PER_DAY = 100_000_000_000L;
    private static final long DAY = 86_400_000L;

    public MadeUp {
      if (eventsPerDay < 1 || eventsPerDay > MOST_PER_DAY) {
        throw new IllegalArgumentException(
            "events_per_day must be in 1.." + MOST_PER_DAY + " but was " + eventsPerDay);
      }
    }

    @Override
    public String column() {
      return MADE_UP_KEY;
    }

    /** Time of row {@code row}, exact for every row that a file can have. */
    public long timeOf(long row) {
      return start + row / eventsPerDay * DAY + row % eventsPerDay * DAY / eventsPerDay;
    }
  }

  private static void checkZone(String zone) {
    try {
      Objects.requireNonNull(ZoneId.of(zone));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "zone must be a time zone such as UTC but was '" + zone + "'", e);
    }
  }

  private static void checkColumn(String column) {
    if (column.isEmpty()) {
      throw new IllegalArgumentException("column must not be empty");
    }
  }
}
