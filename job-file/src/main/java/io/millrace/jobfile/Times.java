package io.millrace.jobfile;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads durations, written {@code 500ms}, {@code 30s}, {@code 10m} or {@code 1d}, and times. */
public final class Times {

  private static final Pattern DURATION = Pattern.compile("(-?\\d{1,12})(ms|s|m|h|d)");

  /** Some 270 years: fits a long in nanoseconds, and event times can be added to it. */
  private static final long MAX_DAYS = 100_000;

  private static final long DAY = 86_400_000;

  private static final Map<String, Long> UNITS =
      Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", DAY);

  private Times() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException with the rule that {@code text} breaks
   */
  public static Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text.equals("0") ? "0s" : text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(Kind.Type.DURATION.rule);
    }
    long amount = Long.parseLong(matcher.group(1));
    long unit = UNITS.get(matcher.group(2));
    if (Math.abs(amount) > MAX_DAYS * DAY / unit) {
      throw new IllegalArgumentException("must be at most " + MAX_DAYS + "d");
    }
    return Duration.ofMillis(amount * unit);
  }

  /**
   * Reads a time, in milliseconds since 1970.
   *
   * @throws IllegalArgumentException with the rule that {@code text} breaks
   */
  static long instant(String text) {
    try {
      return Instant.parse(text).toEpochMilli();
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("must be a time such as 2024-01-01T00:00:00Z", e);
    }
  }
}
