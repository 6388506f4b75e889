package io.millrace.jobfile;

import static io.millrace.jobfile.SmallFile.SMALL;
import static io.millrace.jobfile.SmallFile.fails;
import static io.millrace.jobfile.SmallFile.parse;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.TimeColumn;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Law: a job file that reads times wrongly, or ignores a key of theirs, is refused. */
class TimeKeysTest {

  private static String time(String options) {
    return SMALL.replace("{column: ts}", "{column: ts, " + options + "}");
  }

  private static TimeColumn parsed(String options) {
    return parse(time(options)).spec().schema().time();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '"',
      value = {
        "pattern: 'uuuu-MM-dd hh:mm:ss' # schema.time.pattern must have am/pm (a) beside hh, a"
            + " 12-hour hour, or HH, an hour of 0 to 23, instead, but was 'uuuu-MM-dd hh:mm:ss'",
        "pattern: M-d # schema.time.pattern must have a year (uuuu), or else schema.time.year must"
            + " be set, but was 'M-d'",
        "pattern: uuuu-M-d X, zone: Asia/Tokyo # schema.time.zone must be empty, as the pattern"
            + " 'uuuu-M-d X' reads the zone of each time, but was 'Asia/Tokyo'",
        "zone: Mars/Base # schema.time.zone must be a time zone such as UTC but was 'Mars/Base'",
        "pattern: ppdHH # schema.time.pattern must be one of java.time's DateTimeFormatter but was"
            + " 'ppdHH'",
      })
  void refused(String options, String message) {
    fails(time(options), message + " (job.yaml:4)");
  }

  // Law: the settings that were defaults once, as older runs wrote them, are accepted.
  @Test
  void olderDefaultsAreAccepted() {
    String pattern = "uuuu-MM-dd HH:mmXXX";
    assertThat(parsed("pattern: '" + pattern + "', year: 1970, zone: UTC"))
        .isEqualTo(new TimeColumn.Pattern("ts", pattern, 1970, "UTC"));
  }

  // Law: without a zone a pattern is in UTC, and ISO 8601 must name its offset.
  @Test
  void theZoneIsOptional() {
    String pattern = "uuuu-MM-dd HH:mm";
    assertThat(parsed("pattern: '" + pattern + "'"))
        .isEqualTo(new TimeColumn.Pattern("ts", pattern, 0, "UTC"));
    assertThat(parsed("unit: s")).isEqualTo(new TimeColumn.Epoch("ts", TimeColumn.Unit.S, ""));
    assertThat(parsed("zone: Asia/Tokyo"))
        .isEqualTo(new TimeColumn.Epoch("ts", TimeColumn.Unit.MS, "Asia/Tokyo"));
  }
}
