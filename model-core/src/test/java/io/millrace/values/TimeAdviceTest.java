package io.millrace.values;

import static io.millrace.format.Rows.SCHEMA;
import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.format.EventDecoder;
import io.millrace.format.FileFormat;
import io.millrace.format.Rows;
import io.millrace.format.TextFormat;
import io.millrace.format.ValueListener;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Law: where most times are rejected, the advice reads them. */
class TimeAdviceTest {

  private static final TimeColumn MS = new TimeColumn.Epoch("ts", TimeColumn.Unit.MS);

  /** All that have arrived by 2026-11-30. */
  private static final EventLimits LIMITS = EventLimits.DEFAULT.arrivedBy(1_795_996_800_000L);

  /** The advice after rows with these times; a row of each has another fault. */
  private static String advice(TimeColumn column, List<String> times, int otherRows) {
    TimeAdvice advice = new TimeAdvice(column, LIMITS, ValueListener.none());
    decoder(column, advice, times);
    return advice.line(times.size() + otherRows).orElse("");
  }

  private static int decoder(TimeColumn column, ValueListener listener, List<String> times) {
    Schema schema = new Schema(SCHEMA.dense(), SCHEMA.fields(), SCHEMA.label(), column);
    EventDecoder decoder =
        EventDecoder.text(schema, LIMITS, FileFormat.of(TextFormat.TSV), Rows.COLUMNS, listener);
    int events = 0;
    for (String time : times) {
      byte[] row = utf8(time + "\t1\t\t\t\t\t");
      events += decoder.decode(row, 0, row.length, 0) instanceof ClickEvent ? 1 : 0;
    }
    return events;
  }

  // Law: seconds, milli-, micro- and nanoseconds are told apart by magnitude, and text by pattern.
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "1705312800 # set schema.time.unit: s,",
        "1705312800.123456 # set schema.time.unit: s,",
        "1.7053128e9 # set schema.time.unit: s,",
        "1705312800123456 # set schema.time.unit: us,",
        "1705312800123456789 # set schema.time.unit: ns,",
        "2024-01-15 10:00:00 # set schema.time.zone: UTC, or the zone of the log,",
        "2024-01-15 10:00:00 UTC # set schema.time.pattern: \"uuuu-MM-dd HH:mm:ss",
        "2024-01-15 # set schema.time.pattern: \"uuuu-MM-dd\", and schema.time.zone unless",
        "15/01/2024 10:00:00 # set schema.time.pattern: \"dd/MM/uuuu HH:mm[:ss][.SSS]\", and",
        "01/15/2024 # set schema.time.pattern: \"MM/dd/uuuu\", and schema.time.zone unless",
        "1/15/2024 9:05 PM # set schema.time.pattern: \"M/d/uuuu h:mm[:ss] a\", and",
        "2024011510 # set schema.time.pattern: \"uuuuMMddHH[mm]\", and",
        "20240115 # set schema.time.pattern: \"uuuuMMdd\", and",
        "20240115103000 # set schema.time.pattern: \"uuuuMMddHHmmss\", and",
        "15/Jan/2024:10:00:00 +0000 # set schema.time.pattern: \"dd/MMM/uuuu:HH:mm:ss Z\",",
        "Mon, 15 Jan 2024 10:00:00 GMT # set schema.time.pattern: \"EEE, d MMM uuuu HH:mm:ss 'GMT'\"",
        "Mon Jan 15 10:00:00 +0000 2024 # set schema.time.pattern: \"EEE MMM dd HH:mm:ss Z uuuu\"",
      })
  void theAdviceFits(String time, String advice) {
    String line = advice(MS, List.of(time, time, time), 0);
    assertThat(line)
        .startsWith("3 of 3 rows were rejected for their time in column ts, the first was '" + time)
        .contains(advice)
        .contains("which reads 3 of the first 3 of them");
  }

  // Law: a job that takes the advice reads the times.
  @Test
  void theAdviceWorks() {
    for (String time : List.of("15/01/2024 10:00", "14102100", "2024-01-15 09:00:00 AM")) {
      Matcher pattern = Pattern.compile("pattern: \"(.*?)\"").matcher(advice(MS, List.of(time), 0));
      assertThat(pattern.find()).as(time).isTrue();
      TimeColumn column = new TimeColumn.Pattern("ts", pattern.group(1), 0, "UTC");
      assertThat(decoder(column, ValueListener.none(), List.of(time))).as(time).isEqualTo(1);
    }
  }

  // Law: where a pattern was set that does not fit, the advice removes or replaces it.
  @Test
  void aWrongPatternIsReplaced() {
    TimeColumn wrong = new TimeColumn.Pattern("ts", "uuuu/MM/dd", 0, "UTC");
    assertThat(advice(wrong, List.of("2024-01-15T10:00:00Z"), 0))
        .contains("; remove schema.time.pattern, as ISO 8601 needs none,");
    assertThat(advice(wrong, List.of("2024-01-15T10:00:00"), 0))
        .contains("; remove schema.time.pattern and set schema.time.zone: UTC, or the zone of");
    assertThat(advice(wrong, List.of("1705312800000"), 0))
        .contains("; remove schema.time.pattern and set schema.time.unit: ms,");
  }

  // Law: days and months that cannot be told apart are said so; one day above 12 decides.
  @Test
  void daysAndMonthsMayBeExchanged() {
    assertThat(advice(MS, List.of("01/02/2024", "03/04/2024"), 0))
        .contains("\"dd/MM/uuuu\"")
        .endsWith("; \"MM/dd/uuuu\" reads as many, so look up which of both the log means");
    assertThat(advice(MS, List.of("01/02/2024", "03/14/2024"), 0))
        .contains("\"MM/dd/uuuu\"")
        .endsWith("which reads 2 of the first 2 of them");
  }

  // Law: no advice where half of the rows or more have good times, where nothing fits, or where
  // there is nothing to read.
  @Test
  void noAdviceWithoutNeed() {
    List<String> seconds = List.of("1705312800", "1705312801");
    assertThat(advice(MS, seconds, 1)).isNotEmpty();
    assertThat(advice(MS, seconds, 2)).isEmpty();
    assertThat(advice(MS, List.of("noon", "later"), 0)).isEmpty();
    assertThat(advice(MS, List.of(), 0)).isEmpty();
  }
}
