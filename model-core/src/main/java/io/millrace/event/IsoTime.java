package io.millrace.event;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Month;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.chrono.IsoChronology;

/**
 * Reads times of ISO 8601 from bytes, without a formatter.
 *
 * <p>The form is {@code uuuu-MM-dd}, then {@code T} or a blank, then {@code HH:mm}, {@code
 * HH:mm:ss} or {@code HH:mm:ss} with any number of decimals after a point or comma, then the
 * offset: {@code Z}, {@code +HH}, {@code +HHmm} or {@code +HH:mm}, perhaps after a blank. Letters
 * may be lower case. Hours are 0 to 23, seconds 0 to 59, offsets at most 18 hours; dates exist.
 * Decimals beyond milliseconds are cut, which rounds down before 1970 too.
 */
public final class IsoTime {

  /** Length of the shortest text, without its offset. */
  private static final int SHORTEST = "2024-01-31 12:00".length();

  private static final int MAX_OFFSET_MINUTES = 18 * 60;

  private byte[] bytes;
  private int at;
  private int end;
  private boolean good;

  /** Whether the bytes begin like a date of ISO 8601; a number never does. */
  public static boolean looksLike(byte[] bytes, int from, int length) {
    return length >= SHORTEST && bytes[from + 4] == '-' && bytes[from + 7] == '-';
  }

  /**
   * Milliseconds since the epoch, {@link TimeParser#BAD} or {@link TimeParser#NO_OFFSET}.
   *
   * @param zone of a text without an offset, or null if it must have one
   */
  long read(byte[] from, int start, int length, ZoneId zone) {
    bytes = from;
    at = start;
    end = start + length;
    good = true;
    long ms = date() * 86_400_000L;
    take(at < end && (bytes[at] == ' ' || bytes[at] == 't') ? bytes[at] : 'T');
    ms += timeOfDay();
    if (good && at == end) {
      return local(ms, zone);
    }
    ms -= offsetMinutes() * 60_000L;
    return good && at == end ? ms : TimeParser.BAD;
  }

  private static long local(long ms, ZoneId zone) {
    if (zone == null) {
      return TimeParser.NO_OFFSET;
    }
    int nanos = (int) Math.floorMod(ms, 1_000L) * 1_000_000;
    return LocalDateTime.ofEpochSecond(Math.floorDiv(ms, 1_000L), nanos, ZoneOffset.UTC)
        .atZone(zone)
        .toInstant()
        .toEpochMilli();
  }

  /** Days since the epoch. */
  private long date() {
    int year = number(4, 0, 9999);
    take('-');
    int month = number(2, 1, 12);
    take('-');
    int day = number(2, 1, 31);
    good &= good && day <= Month.of(month).length(IsoChronology.INSTANCE.isLeapYear(year));
    return good ? LocalDate.of(year, month, day).toEpochDay() : 0;
  }

  /** Milliseconds since midnight. */
  private long timeOfDay() {
    long ms = number(2, 0, 23) * 3_600_000L;
    take(':');
    ms += number(2, 0, 59) * 60_000L;
    if (at < end && bytes[at] == ':') {
      at++;
      ms += number(2, 0, 59) * 1_000L;
      if (at < end && (bytes[at] == '.' || bytes[at] == ',')) {
        at++;
        ms += decimals();
      }
    }
    return ms;
  }

  /** Milliseconds of the digits after the point. */
  private int decimals() {
    int start = at;
    int ms = 0;
    int weight = 100;
    for (; at < end && bytes[at] >= '0' && bytes[at] <= '9'; at++) {
      ms += (bytes[at] - '0') * weight;
      weight /= 10;
    }
    good &= at > start;
    return ms;
  }

  private int offsetMinutes() {
    if (at < end && bytes[at] == ' ') {
      at++;
    }
    byte sign = at < end ? bytes[at++] : 0;
    if (sign == 'Z' || sign == 'z') {
      return 0;
    }
    good &= sign == '+' || sign == '-';
    int minutes = number(2, 0, 18) * 60;
    if (at < end) {
      at += bytes[at] == ':' ? 1 : 0;
      minutes += number(2, 0, 59);
    }
    good &= minutes <= MAX_OFFSET_MINUTES;
    return sign == '-' ? -minutes : minutes;
  }

  private void take(int wanted) {
    good &= at < end && bytes[at] == wanted;
    at++;
  }

  /** A number of exactly {@code digits} digits, in {@code [least, most]}. */
  private int number(int digits, int least, int most) {
    int number = 0;
    for (int i = 0; i < digits; i++, at++) {
      int digit = at < end ? bytes[at] - '0' : -1;
      good &= digit >= 0 && digit <= 9;
      number = number * 10 + digit;
    }
    good &= number >= least && number <= most;
    return number;
  }
}
