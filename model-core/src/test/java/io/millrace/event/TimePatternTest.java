package io.millrace.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Law: a pattern that leaves a time open is refused, with what to write instead. */
class TimePatternTest {

  private static String broken(String pattern) {
    return new TimePattern(pattern).brokenRule(false).orElse("");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '"',
      value = {
        "uuuu-MM-dd hh:mm:ss # must have am/pm (a) beside hh, a 12-hour hour, or HH",
        "uuuu-MM-dd KK:mm # must have am/pm (a) beside KK, a 12-hour hour, or HH",
        "uuuu-MM-dd a # must have an hour (HH),",
        "uuuu-MM-dd mm:ss # must have an hour (HH),",
        "uuuu-MM-dd HH # must have a minute (mm), or [mm] in a log of whole hours,",
        "uuuu-MM-dd HH:ss # must have a minute (mm); MM is the month,",
        "uuuu-MM-dd HH:MM:ss # must have a minute (mm); MM is the month,",
        "uuuu-MM-dd HH:mm.SSS # must have a second (ss),",
        "uuuu-mm-dd HH:mm # must have a month (MM); mm is the minute,",
        "uuuu-MM HH:mm # must have a day (dd),",
        "uuuu-dd HH:mm # must have a month (MM)",
        "HH:mm:ss # must have a year (uuuu), or else schema.time.year must be set,",
        "MM-dd HH:mm # must have a year (uuuu), or else schema.time.year must be set,",
        "YYYY-MM-dd HH:mm # must have uuuu, the year, instead of YYYY, the year that a week",
        "YYYY-'W'ww-e # must have uuuu, the year, instead of YYYY",
        "uuuu-MM-'W'W # must have uuuu, MM and dd instead of W, which does not determine a date,",
        "uuuu-MM-DD HH:mm # must have dd, the day of the month, instead of DD, the day of the year",
        "uuuu-DD HH:mm # must have dd, the day of the month, instead of DD, the day of the year",
        "uuuu-QQ-dd # must have MM, the month, instead of QQ, the quarter,",
        "uuuu-MMMMM-dd # must have MMM instead of MMMMM, as several names share a letter,",
        "uuuu-MM-dd HH:mm z # must have XXX for an offset, VV for an id such as Europe/Paris",
        "uuuu-MM-dd h:mm B # must have am/pm (a) instead of B, the part of the day,",
        "uuuu-MM-dd A # must have HH, mm, ss and S instead of A,",
        "uuuudM HH:mm # must have two letters, such as dd, or a sign before d,",
        "uuuu-MM-dd Hm # must have two letters, such as dd, or a sign before m,",
      })
  void leavesATimeOpen(String pattern, String rule) {
    assertThat(broken(pattern)).startsWith(rule);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yyyy-MM-dd HH:mm:ss",
        "uuuu-MM-dd HH:mm:ss[.SSSSSS]XXX",
        "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'",
        "dd/MMM/uuuu:HH:mm:ss Z",
        "EEE, dd MMM yyyy HH:mm:ss 'GMT'",
        "M/d/yyyy h:mm:ss a",
        "MMM ppd uuuu HH:mm",
        "yyMMddHH[mm]",
        "yyyyMMddHHmmssSSS",
        "uuuu-DDD kk:mm",
        "d MMM yyyy",
        "uuuu-MM-dd",
      })
  void determinesATime(String pattern) {
    assertThat(broken(pattern)).isEmpty();
  }

  // Law: the year may be known from elsewhere; then a date need not have one.
  @Test
  void aYearMayBeGiven() {
    assertThat(new TimePattern("M-d").brokenRule(true)).isEmpty();
    assertThat(new TimePattern("M-d").brokenRule(false)).isPresent();
  }

  // Law: a zone beside a pattern that reads one, or that quotes UTC, is refused.
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '"',
      value = {
        "HH:mmXXX # Asia/Tokyo # must be empty, as the pattern 'HH:mmXXX' reads the zone of each time,",
        "HH:mmXXX # UTC # ",
        "HH:mm[XXX] # Asia/Tokyo # ",
        "HH:mm'Z' # Asia/Tokyo # must be UTC, as the pattern quotes 'Z', which means UTC,",
        "HH:mm' GMT' # Europe/London # must be UTC, as the pattern quotes 'GMT', which means UTC,",
        "HH:mm'Z' # UTC # ",
        "HH:mm'Z' # Etc/UTC # ",
        "HH:mm'Z' # \"\" # ",
        "HH:mm # Asia/Tokyo # ",
      })
  void aZoneIsNamedOnce(String pattern, String zone, String rule) {
    assertThat(new TimePattern(pattern).brokenZoneRule(zone).orElse(null)).isEqualTo(rule);
  }

  // Law: y is the year where no era is named, but not in quotes.
  @Test
  void yearsArePlain() {
    assertThat(new TimePattern("'yy' yyyy '''y'").withPlainYears()).isEqualTo("'yy' uuuu '''y'");
    assertThat(new TimePattern("yyyy G").withPlainYears()).isEqualTo("yyyy G");
  }
}
