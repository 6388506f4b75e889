package io.millrace.event;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.Arrays;
import java.util.Locale;

/**
 * Parses event times in the format of a {@link TimeColumn}.
 *
 * <p>Parsing is strict: a text that a pattern would not write for any time, such as February 30 or
 * 24:00, is bad. A local time in an overlap of its zone is the earlier of two; one in a gap is
 * moved later by the length of the gap.
 */
public final class TimeParser {

  /** Returned for text that is not a time. */
  public static final long BAD = Long.MIN_VALUE;

  /** Returned for an ISO 8601 text without an offset, where no zone is set. */
  static final long NO_OFFSET = Long.MIN_VALUE + 1;

  /** Numbers below it are not written out: their exponents may have any size. */
  private static final double NEARLY_ZERO = 1e-300;

  private static final ChronoField[] OF_DAY =
      Arrays.stream(ChronoField.values())
          .filter(ChronoField::isTimeBased)
          .toArray(ChronoField[]::new);

  private final TimeColumn column;
  private final DateTimeFormatter formatter;
  private final ZoneId zone;

  /** Whether a text may begin with the blanks of a padded number. */
  private final boolean blankFirst;

  private final Numbers numbers = new Numbers();
  private final IsoTime iso = new IsoTime();

  /** A parser of the times of a column; not thread-safe. */
  public TimeParser(TimeColumn column) {
    this.column = column;
    formatter = column instanceof TimeColumn.Pattern pattern ? formatter(pattern) : null;
    zone = zone(column);
    blankFirst = column instanceof TimeColumn.Pattern padded && padded.pattern().startsWith("p");
  }

  private static ZoneId zone(TimeColumn column) {
    String zone =
        column instanceof TimeColumn.Pattern pattern
            ? pattern.zone()
            : column instanceof TimeColumn.Epoch epoch ? epoch.zone() : "";
    return zone.isEmpty() ? null : ZoneId.of(zone);
  }

  private static DateTimeFormatter formatter(TimeColumn.Pattern column) {
    TimePattern letters = new TimePattern(column.pattern());
    DateTimeFormatterBuilder builder =
        new DateTimeFormatterBuilder()
            .parseCaseInsensitive()
            .appendPattern(letters.withPlainYears());
    if (!letters.hasYear()) {
      builder.parseDefaulting(ChronoField.YEAR, column.year());
    }
    return builder.toFormatter(Locale.ENGLISH).withResolverStyle(ResolverStyle.STRICT);
  }

  /** The rule for a time, for messages. */
  public String rule() {
    if (column instanceof TimeColumn.Pattern pattern) {
      return "be a time like " + pattern.pattern();
    }
    String unit = unit().name().toLowerCase(Locale.ROOT);
    return column instanceof TimeColumn.MadeUp
        ? "be a time in " + unit + " since 1970"
        : "be a time in " + unit + " since 1970, or ISO 8601 such as 2024-01-31T12:00:00Z,";
  }

  /** The rule that a text broke for which {@link #parse} returned {@code code}, or null. */
  public String brokenRule(long code) {
    return code == NO_OFFSET
        ? "end in an offset such as Z or +01:00, or schema.time.zone must name the zone,"
        : code == BAD ? rule() : null;
  }

  private TimeColumn.Unit unit() {
    return column instanceof TimeColumn.Epoch epoch ? epoch.unit() : TimeColumn.Unit.MS;
  }

  /** Milliseconds since the epoch, or a code for which {@link #brokenRule} has a rule. */
  public long parse(byte[] bytes, int from, int length) {
    if (formatter != null) {
      String text = new String(bytes, from, length, StandardCharsets.UTF_8);
      return parsePattern(blankFirst ? text.stripTrailing() : text.strip());
    }
    int start = from;
    int end = from + length;
    while (start < end && bytes[start] == ' ') {
      start++;
    }
    while (start < end && bytes[end - 1] == ' ') {
      end--;
    }
    return column instanceof TimeColumn.Epoch && IsoTime.looksLike(bytes, start, end - start)
        ? iso.read(bytes, start, end - start, zone)
        : parseNumber(bytes, start, end - start);
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
          return longNumber(bytes, from, length);
        }
        over *= 10;
      }
      long times = numbers.mantissa * unit.times;
      if (times / unit.times == numbers.mantissa) {
        return Math.floorDiv(times, over);
      }
    }
    return longNumber(bytes, from, length);
  }

  /** A number with many digits or an exponent, read exactly: a double may round it up. */
  private long longNumber(byte[] bytes, int from, int length) {
    TimeColumn.Unit unit = unit();
    if (Math.abs(numbers.value() * unit.times / unit.over) >= 9e18) {
      return Long.MAX_VALUE;
    }
    if (Math.abs(numbers.value()) < NEARLY_ZERO) {
      return numbers.value() < 0 ? -1 : 0;
    }
    String text = new String(bytes, from, length, StandardCharsets.ISO_8859_1).strip();
    return new BigDecimal(text)
        .multiply(BigDecimal.valueOf(unit.times))
        .divide(BigDecimal.valueOf(unit.over)) // a power of ten, so exact
        .setScale(0, RoundingMode.FLOOR)
        .longValueExact();
  }

  private long parsePattern(String text) {
    try {
      TemporalAccessor parsed = formatter.parse(text);
      LocalDate date = parsed.query(TemporalQueries.localDate());
      LocalTime time = parsed.query(TemporalQueries.localTime());
      if (date == null || (time == null && hasFieldOfDay(parsed))) {
        return BAD;
      }
      return inZone(parsed, date.atTime(time == null ? LocalTime.MIDNIGHT : time));
    } catch (DateTimeException | ArithmeticException e) {
      return BAD;
    }
  }

  /** Whether a part of the time of day was read, such as an hour without am or pm. */
  private static boolean hasFieldOfDay(TemporalAccessor parsed) {
    return Arrays.stream(OF_DAY).anyMatch(parsed::isSupported);
  }

  private long inZone(TemporalAccessor parsed, LocalDateTime at) {
    ZoneId region = parsed.query(TemporalQueries.zoneId());
    ZoneOffset offset = parsed.query(TemporalQueries.offset());
    if (offset == null) {
      return at.atZone(region == null ? zone : region).toInstant().toEpochMilli();
    }
    boolean contradicts = region != null && !region.getRules().isValidOffset(at, offset);
    return contradicts ? BAD : at.toInstant(offset).toEpochMilli();
  }
}
