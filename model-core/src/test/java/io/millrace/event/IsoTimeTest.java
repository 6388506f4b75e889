package io.millrace.event;

import static io.millrace.format.Rows.SCHEMA;
import static io.millrace.format.Rows.T;
import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.format.Rows;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Law: texts of ISO 8601 are read as java.time reads them, in every format of records. */
class IsoTimeTest {

  private static final long SEED = 86_01;

  /** The slow and obvious way. */
  private static final DateTimeFormatter LOCAL =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern("uuuu-MM-dd['T'][' ']HH:mm")
          .optionalStart()
          .appendPattern(":ss")
          .optionalStart()
          .appendPattern("['.'][',']")
          .appendFraction(ChronoField.NANO_OF_SECOND, 1, 9, false)
          .optionalEnd()
          .optionalEnd()
          .appendPattern("[' '][XXX][XX][X]")
          .toFormatter(Locale.ENGLISH)
          .withResolverStyle(ResolverStyle.STRICT);

  private final SplittableRandom random = new SplittableRandom(SEED);
  private final IsoTime iso = new IsoTime();

  private static long slow(String text, ZoneId zone) {
    if (!text.matches("(?i).{10}[T ]..:..(:..([.,][0-9]+)?)?( ?(Z|[+-][0-9:]+))?")) {
      return TimeParser.BAD; // the pattern also allows T and a blank together, or neither
    }
    String cut = text.replaceFirst("([.,][0-9]{9})[0-9]+", "$1");
    try {
      var parsed = LOCAL.parseBest(cut, OffsetDateTime::from, LocalDateTime::from);
      return parsed instanceof OffsetDateTime at
          ? at.toInstant().toEpochMilli()
          : zone == null
              ? TimeParser.NO_OFFSET
              : ((LocalDateTime) parsed).atZone(zone).toInstant().toEpochMilli();
    } catch (DateTimeException e) {
      return TimeParser.BAD;
    }
  }

  private String one(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private String digits(int n) {
    StringBuilder digits = new StringBuilder();
    for (int i = 0; i < n; i++) {
      digits.append(random.nextInt(10));
    }
    return digits.toString();
  }

  private String text() {
    Instant at = Instant.ofEpochSecond(random.nextLong(-62_000_000_000L, 250_000_000_000L));
    String date = at.toString().substring(0, 10);
    String time = at.toString().substring(11, one("", "x").isEmpty() ? 19 : 16);
    String decimals = time.length() == 8 ? one("", "." + digits(1 + random.nextInt(12)), ",5") : "";
    String offset =
        one("", "Z", "z", "+00", "-0330", "+05:45", " +01:00", "+18:00", "-18:01", " Z", "+1");
    return date + one("T", " ", "t") + time + decimals + offset;
  }

  private String changed(String text) {
    char[] chars = text.toCharArray();
    chars[random.nextInt(chars.length)] = "0123456789-:.,TZ+ x".charAt(random.nextInt(19));
    return new String(chars);
  }

  private long fast(String text, ZoneId zone) {
    byte[] bytes = utf8("#" + text + "7");
    return IsoTime.looksLike(bytes, 1, bytes.length - 2)
        ? iso.read(bytes, 1, bytes.length - 2, zone)
        : TimeParser.BAD;
  }

  // Law: on texts of ISO 8601, and on those with one wrong character, the fast reader equals
  // java.time; a text of a zone's gap or overlap included.
  @Test
  void theFastReaderEqualsJavaTime() {
    ZoneId[] zones = {null, ZoneId.of("UTC"), ZoneId.of("Europe/Berlin")};
    int good = 0;
    for (int i = 0; i < 20_000; i++) {
      String text = random.nextInt(3) == 0 ? changed(text()) : text();
      ZoneId zone = zones[random.nextInt(zones.length)];
      long time = fast(text, zone);
      good += time > TimeParser.NO_OFFSET ? 1 : 0;
      assertThat(time).as("seed %d: '%s' in %s", SEED, text, zone).isEqualTo(slow(text, zone));
    }
    assertThat(good).isBetween(7_000, 18_000);
  }

  @ParameterizedTest
  @CsvSource({
    "2019-11-24T00:01:03.9793119999999Z, 1574553663979",
    "1969-12-31 23:59:59.9999+00, -1",
    "2024-02-29T24:00:00Z, ",
    "2024-02-30T10:00:00Z, ",
    "2023-02-29T10:00:00Z, ",
    "2024-01-15T23:59:60Z, ",
    "2024-01-15T10:00:00.Z, ",
    "2024-01-15T10Z, ",
  })
  void decimalsAreCutAndDatesExist(String text, Long ms) {
    assertThat(fast(text, null)).isEqualTo(ms == null ? TimeParser.BAD : ms);
  }

  private static Schema timed(TimeColumn time) {
    return new Schema(SCHEMA.dense(), SCHEMA.fields(), SCHEMA.label(), time);
  }

  // Law: csv and JSON read the same times; a number has the unit, whether it is quoted or not.
  @ParameterizedTest
  @CsvSource({
    "2019-11-24T00:01:03.979Z",
    "2019-11-24 05:46:03.979311+05:45",
    "1574553663.979",
    "' 2019-11-24T00:01:03.979Z '",
  })
  void everyFormatReadsTheSame(String text) {
    Schema schema = timed(new TimeColumn.Epoch("ts", TimeColumn.Unit.S));
    Decoded csv = Rows.csv(schema).decode(utf8(text + ",1,,,,,"));
    String json = "{\"ts\":\"%s\",\"click\":1}".formatted(text);
    assertThat(((ClickEvent) csv).eventTime()).isEqualTo(T);
    assertThat(((ClickEvent) Rows.json(schema).decode(utf8(json))).eventTime()).isEqualTo(T);
  }

  // Law: a text without an offset has the zone of the schema, or is rejected with what to set.
  @Test
  void aTextWithoutOffsetNeedsAZone() {
    byte[] row = utf8("2019-11-24 00:01:03,1,,,,,");
    Decoded none = Rows.csv(timed(new TimeColumn.Epoch("ts", TimeColumn.Unit.MS))).decode(row);
    assertThat(none)
        .isEqualTo(
            new Reject(
                Reject.Reason.BAD_TIME,
                "ts must end in an offset such as Z or +01:00, or schema.time.zone must name the"
                    + " zone, but was '2019-11-24 00:01:03'",
                "2019-11-24 00:01:03"));
    TimeColumn tokyo = new TimeColumn.Epoch("ts", TimeColumn.Unit.MS, "Asia/Tokyo");
    assertThat(((ClickEvent) Rows.csv(timed(tokyo)).decode(row)).eventTime())
        .isEqualTo(1_574_521_263_000L);
  }

  // Law: a local time that occurs twice is the earlier one, one that is skipped moves later by the
  // gap; the same for a pattern and for ISO 8601.
  @ParameterizedTest
  @CsvSource({
    "Europe/Berlin, 2024-03-31 01:59:59, 2024-03-31T00:59:59Z",
    "Europe/Berlin, 2024-03-31 02:30:00, 2024-03-31T01:30:00Z", // read as 03:30 of summer time
    "Europe/Berlin, 2024-03-31 03:30:00, 2024-03-31T01:30:00Z",
    "Europe/Berlin, 2024-10-27 02:30:00, 2024-10-27T00:30:00Z", // the first of two, summer time
    "Europe/Berlin, 2024-10-27 03:00:00, 2024-10-27T02:00:00Z",
    "Australia/Lord_Howe, 2024-10-06 02:10:00, 2024-10-05T15:40:00Z", // a gap of half an hour
  })
  void gapsAndOverlaps(String zone, String text, Instant time) {
    TimeColumn iso = new TimeColumn.Epoch("ts", TimeColumn.Unit.MS, zone);
    TimeColumn pattern = new TimeColumn.Pattern("ts", "uuuu-MM-dd HH:mm:ss", 0, zone);
    for (TimeColumn column : new TimeColumn[] {iso, pattern}) {
      Decoded event = Rows.csv(timed(column)).decode(utf8(text + ",1,,,,,"));
      assertThat(((ClickEvent) event).eventTime()).as("%s", column).isEqualTo(time.toEpochMilli());
    }
  }
}
