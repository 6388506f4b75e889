package io.millrace.format;

import static io.millrace.format.Rows.SCHEMA;
import static io.millrace.format.Rows.T;
import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.IdEncoder;
import io.millrace.event.LabelColumn;
import io.millrace.event.Reject;
import io.millrace.event.Reject.Reason;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.TimeParser;
import io.millrace.event.Transform;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventDecoderTest {

  private final EventDecoder csv = Rows.csv(SCHEMA);
  private final EventDecoder json = Rows.json(SCHEMA);
  private final BinaryEventCodec binary = new BinaryEventCodec(SCHEMA, EventLimits.DEFAULT);

  private ClickEvent event(EventDecoder decoder, String record) {
    Decoded decoded = decoder.decode(utf8(record));
    assertThat(decoded).as("%s", decoded).isInstanceOf(ClickEvent.class);
    return (ClickEvent) decoded;
  }

  private void rejects(EventDecoder decoder, String record, Reason reason, String message) {
    Reject reject = (Reject) decoder.decode(utf8(record));
    assertThat(reject.message()).isEqualTo(message);
    assertThat(reject.reason()).isEqualTo(reason);
  }

  @Test
  void aRowBecomesTheEventThatItsSchemaSays() {
    ClickEvent event = event(csv, T + ",1,3,40,1fbe01fe,a|b||c,hello");
    assertThat(event.eventTime()).isEqualTo(T);
    assertThat(event.label()).isEqualTo(1f);
    assertThat(event.dense()).containsExactly((float) (Math.log1p(3) * .25), 1f);
    assertThat(event.offsets()).containsExactly(0, 1, 4);
    assertThat(event.ids())
        .containsExactly(
            IdEncoder.id("site", "1fbe01fe"),
            IdEncoder.id("tags", "a"),
            IdEncoder.id("tags", "b"),
            IdEncoder.id("tags", "c"));
  }

  // Missing values: dense takes its declared input, a field its own missing id.
  @Test
  void missingValuesAreDefined() {
    for (ClickEvent event :
        List.of(
            event(csv, T + ",0,,,,,"),
            event(json, "{\"ts\":" + T + ",\"click\":0}"),
            event(json, "{\"ts\":" + T + ",\"click\":0,\"site\":null,\"tags\":[],\"age\":\"\"}"))) {
      assertThat(event.dense()).containsExactly(0f, -1f);
      assertThat(event.ids()).containsExactly(IdEncoder.id("site", ""), IdEncoder.id("tags", ""));
    }
  }

  // Decoders mark the dense columns without a value, whatever the input that stands for it.
  @Test
  void missingDenseColumnsAreMarked() {
    for (ClickEvent event :
        List.of(
            event(csv, T + ",0,0,,,,"),
            event(json, "{\"ts\":" + T + ",\"click\":0,\"price\":0}"))) {
      assertThat(event.dense()).containsExactly(0f, -1f);
      assertThat(event.missing(0)).isFalse();
      assertThat(event.missing(1)).isTrue();
      ClickEvent fromBinary = (ClickEvent) binary.decode(binary.encode(event));
      assertThat(Rows.same(event, fromBinary)).isTrue();
      assertThat(fromBinary.missing()).isEqualTo(event.missing());
    }
    ClickEvent full = event(csv, T + ",0,0,-1,,,");
    assertThat(full.missing()).isEmpty();
    assertThat(full.missing(1)).isFalse();
    assertThat(((ClickEvent) binary.decode(binary.encode(full))).missing()).isEmpty();
  }

  // Text and JSON of one row are the same event, to the bit, and binary carries it unchanged.
  @Test
  void threeEncodingsOneEvent() {
    ClickEvent fromText = event(csv, T + ",1,0.1,-7,\"sé, \"\"x\"\"\",a|b,");
    ClickEvent fromJson =
        event(
            json,
            "{\"unknown\":{\"a\":[1]},\"tags\":[\"a\",null,\"b\"],\"site\":\"s\\u00e9, \\\"x\\\"\","
                + "\"age\":-7,\"price\":\"0.1\",\"click\":true,\"ts\":\""
                + T
                + "\"}");
    assertThat(Rows.same(fromText, fromJson)).isTrue();
    ClickEvent fromBinary = (ClickEvent) binary.decode(binary.encode(fromText));
    assertThat(Rows.same(fromText, fromBinary)).isTrue();
  }

  @Test
  void aNumberAndItsTextAreTheSameId() {
    String start = "{\"ts\":" + T + ",\"click\":0,\"site\":";
    assertThat(event(json, start + "7}").ids()).isEqualTo(event(json, start + "\"7\"}").ids());
  }

  @Test
  void charactersOutsideTheBasicPlaneAreHashedAsUtf8() {
    ClickEvent event = event(json, "{\"ts\":" + T + ",\"click\":0,\"site\":\"\\ud83d\\ude00é€\"}");
    assertThat(event.ids()[0]).isEqualTo(IdEncoder.id("site", "😀é€"));
  }

  @Test
  void rejectsSayColumnRuleAndValue() {
    rejects(csv, T + ",1,abc,,,,", Reason.WRONG_TYPE, "price must be a number but was 'abc'");
    rejects(
        csv,
        T + ",1,nan,,,,",
        Reason.NOT_FINITE,
        "price must be finite but was 'nan'; if it means missing, set format.missing: ['nan']");
    rejects(csv, T + ",1,,1e300,,,", Reason.NOT_FINITE, "age must fit a float but was '1e300'");
    rejects(csv, T + ",,,,,,", Reason.MISSING_LABEL, "click must have a value but was missing");
    rejects(csv, T + ",maybe,,,,,", Reason.WRONG_TYPE, "click must be a number but was 'maybe'");
    rejects(
        csv,
        ",1,,,,,",
        Reason.BAD_TIME,
        "ts must be a time in ms since 1970, or ISO 8601 such as 2024-01-31T12:00:00Z, but was missing");
    rejects(
        csv,
        "noon,1,,,,,",
        Reason.BAD_TIME,
        "ts must be a time in ms since 1970, or ISO 8601 such as 2024-01-31T12:00:00Z, but was 'noon'");
    rejects(
        csv,
        "12,1,,,,,",
        Reason.TIME_OUT_OF_RANGE,
        "ts must be in [1990-01-01T00:00:00Z, 2100-01-01T00:00:00Z) but was '12'");
    rejects(csv, "1,2", Reason.NOT_PARSEABLE, "a row must have 7 cells but had 2");
    rejects(csv, "\"1,2", Reason.NOT_PARSEABLE, "a cell that opens with a quote must be closed");
    rejects(json, "[1]", Reason.NOT_PARSEABLE, "a record must be a JSON object");
    rejects(
        json,
        "{} {}",
        Reason.NOT_PARSEABLE,
        "a record must be one JSON object but went on after its end");
    rejects(
        json,
        "{\"ts\":" + T + ",\"click\":0,\"site\":{}}",
        Reason.WRONG_TYPE,
        "site must be a value or a list of values but was nested");
    rejects(
        json,
        "{\"ts\":" + T + ",\"click\":0,\"price\":NaN}",
        Reason.NOT_FINITE,
        "price must be finite but was 'NaN'; if it means missing, set format.missing: ['NaN']");
  }

  @Test
  void limitsHold() {
    EventLimits tight = new EventLimits(100, 2, 0, Long.MAX_VALUE, 0);
    EventDecoder decoder =
        EventDecoder.text(
            SCHEMA, tight, FileFormat.of(TextFormat.CSV), Rows.COLUMNS, ValueListener.none());
    rejects(
        decoder, T + ",1,,,,a|b|c,", Reason.TOO_LARGE, "tags must have at most 2 values but had 3");
    rejects(
        decoder,
        "x".repeat(200),
        Reason.TOO_LARGE,
        "a record must have at most 100 bytes but had 200");
  }

  // Positive values are compared as text; everything else that is there is 0.
  @Test
  void labelsByValueOrThreshold() {
    Schema buys = withLabel(new LabelColumn("click", List.of("buy", "1"), .5, false));
    assertThat(event(Rows.csv(buys), T + ",buy,,,,,").label()).isEqualTo(1f);
    assertThat(event(Rows.csv(buys), T + ",view,,,,,").label()).isEqualTo(0f);
    Schema stars = withLabel(new LabelColumn("click", List.of(), 4, true));
    assertThat(event(Rows.csv(stars), T + ",4,,,,,").label()).isEqualTo(1f);
    assertThat(event(Rows.csv(stars), T + ",3.9,,,,,").label()).isEqualTo(0f);
    assertThat(event(Rows.csv(stars), T + ",,,,,,").label()).isNaN();
  }

  private static Schema withLabel(LabelColumn label) {
    return new Schema(SCHEMA.dense(), SCHEMA.fields(), label, SCHEMA.time());
  }

  private static long time(TimeColumn time, String cell) {
    Schema schema = new Schema(SCHEMA.dense(), SCHEMA.fields(), SCHEMA.label(), time);
    return ((ClickEvent) Rows.csv(schema).decode(utf8(cell + ",1,,,,,"))).eventTime();
  }

  @ParameterizedTest
  @CsvSource({
    "S, 1574553663, 1574553663000",
    "S, 1574553663.979, 1574553663979",
    "S, 1574553663.9799, 1574553663979",
    "S, 1.574553663979e9, 1574553663979",
    "MS, 1574553663979, 1574553663979",
    "US, 1574553663979311, 1574553663979",
    "NS, 1574553663979311999, 1574553663979",
  })
  void unitsAreRoundedDown(TimeColumn.Unit unit, String cell, long ms) {
    assertThat(time(new TimeColumn.Epoch("ts", unit), cell)).isEqualTo(ms);
  }

  @ParameterizedTest
  @CsvSource({
    "M-d, UTC, 6-4, 1401840000000",
    "M-d, Asia/Shanghai, 6-4, 1401811200000",
    "uuuu-MM-dd HH:mm:ss[.SSSSSS]XXX, UTC, 2019-11-24 00:01:03.979311+00:00, 1574553663979",
    "uuuu-MM-dd HH:mm:ss[.SSSSSS]XXX, UTC, 2019-11-24 01:01:03+01:00, 1574553663000",
    "yyMMddHH[mm], UTC, 14102100, 1413849600000",
    "yyyy-MM-dd HH:mm:ss, UTC, 2014-10-21 00:00:00, 1413849600000",
    "MM/dd/uuuu hh:mm:ss a, UTC, 10/21/2014 12:00:00 AM, 1413849600000",
    "MMM ppd uuuu HH:mm:ss, UTC, Oct  1 2014 00:00:00, 1412121600000",
    "d MMM yyyy, UTC, 21 Oct 2014, 1413849600000",
  })
  void patternsFillWhatTheyLack(String pattern, String zone, String cell, long ms) {
    assertThat(time(new TimeColumn.Pattern("ts", pattern, 2014, zone), cell)).isEqualTo(ms);
  }

  // Law: a date that does not exist, and a time that the pattern leaves open, is a bad time.
  @ParameterizedTest
  @CsvSource({
    "uuuu-MM-dd HH:mm:ss, 2024-02-30 10:00:00",
    "uuuu-MM-dd HH:mm:ss, 2023-02-29 10:00:00",
    "uuuu-MM-dd HH:mm:ss, 2024-02-29 24:00:00",
    "uuuu-MM-dd HH:mm:ss, 2024-02-28 23:59:60",
    "M-d, 2-29", // of 2014
    "uuuu-MM-dd hh:mm[ a], 2024-02-29 01:30",
    "'EEE, d MMM uuuu', 'Mon, 21 Oct 2014'", // a Tuesday
    "uuuu-MM-dd HH:mmXXX'['VV']', 2024-07-01 10:00+01:00[Europe/Paris]",
  })
  void badTimesAreNotBent(String pattern, String text) {
    TimeColumn time = new TimeColumn.Pattern("ts", pattern, 2014, "UTC");
    Schema schema = new Schema(SCHEMA.dense(), SCHEMA.fields(), SCHEMA.label(), time);
    rejects(
        Rows.csv(schema),
        "\"" + text + "\",1,,,,,",
        Reason.BAD_TIME,
        "ts must be a time like " + pattern + " but was '" + text + "'");
  }

  // Law: a number of a time is cut to a millisecond, however many digits or which exponent it has.
  @ParameterizedTest
  @CsvSource({
    "NS, 1574553663979999999, 1574553663979",
    "NS, 1574553663979000000, 1574553663979",
    "US, 1574553663979999.99999, 1574553663979",
    "MS, +001574553663979.99999, 1574553663979",
    "MS, 1.57455366397999999E12, 1574553663979",
    "S, 1.574553663979E9, 1574553663979",
    "S, 1574553663.97999999999, 1574553663979",
    "S, ' 1574553663.9799999999999 ', 1574553663979",
    "S, 1e-999999999, 0",
    "S, 0e999999999, 0",
    "S, 0.00099999999999999999999, 0",
  })
  void numbersOfTimesAreCut(TimeColumn.Unit unit, String text, long ms) {
    byte[] bytes = utf8(text);
    TimeParser times = new TimeParser(new TimeColumn.Epoch("ts", unit));
    assertThat(times.parse(bytes, 0, bytes.length)).isEqualTo(ms);
  }

  // 10,000 rows a day: one each 8.64 s, floored; exact far out.
  @Test
  void theMadeUpClockFollowsTheRows() {
    TimeColumn.MadeUp clock = new TimeColumn.MadeUp(10_000, T);
    assertThat(clock.timeOf(0)).isEqualTo(T);
    assertThat(clock.timeOf(1)).isEqualTo(T + 8_640);
    assertThat(clock.timeOf(80_000)).isEqualTo(T + 8 * 86_400_000L);
    assertThat(new TimeColumn.MadeUp(7, 0).timeOf(1)).isEqualTo(86_400_000L / 7);
    assertThat(new TimeColumn.MadeUp(1, 0).timeOf(1_000_000_000))
        .isEqualTo(86_400_000_000_000_000L);
  }

  // For all bytes, a decoder returns and does not throw; the seed is in the message.
  @Test
  void noBytesMakeADecoderThrow() {
    long seed = 17;
    SplittableRandom random = new SplittableRandom(seed);
    byte[] text = utf8(T + ",1,0.1,-7,\"s\",a|b,");
    byte[] object = utf8("{\"ts\":" + T + ",\"click\":1,\"tags\":[\"a\"],\"site\":\"é\"}");
    byte[] packed = binary.encode((ClickEvent) csv.decode(text));
    for (int i = 0; i < 5_000; i++) {
      for (byte[] good : List.of(text, object, packed)) {
        byte[] bad = Arrays.copyOf(good, random.nextInt(good.length + 1));
        for (int k = random.nextInt(4); k > 0 && bad.length > 0; k--) {
          bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
        }
        for (EventDecoder decoder : List.of(csv, json, binary)) {
          assertThat(decoder.decode(bad)).as("seed %d, case %d", seed, i).isNotNull();
        }
      }
    }
  }

  @Test
  void binaryOfAnotherSchemaIsRefused() {
    Schema other =
        new Schema(
            List.of(SCHEMA.dense().get(1), SCHEMA.dense().get(0)),
            SCHEMA.fields(),
            SCHEMA.label(),
            SCHEMA.time());
    byte[] record = binary.encode(event(csv, T + ",1,3,40,s,a,"));
    Decoded decoded = new BinaryEventCodec(other, EventLimits.DEFAULT).decode(record);
    assertThat(((Reject) decoded).message()).contains("written with other columns or transforms");
  }

  // The layout is a promise: bytes written by version 1 are read for as long as it is offered. They
  // do not record whether a value was missing, and hold no NaN.
  @Test
  void binaryLayoutOfVersionOne() {
    ClickEvent event = event(csv, T + ",1,0,30,s,a|b,");
    ClickEvent untold =
        new ClickEvent(
            event.eventTime(), event.label(), event.dense(), event.ids(), event.offsets());
    byte[] record = binary.encode(untold);
    assertThat(record).hasSize(18 + 8 + 1 + 8 + 1 + 16);
    assertThat(record[0]).isEqualTo((byte) 0xC1);
    assertThat(record[1]).isEqualTo((byte) 1);
    assertThat(HexFormat.of().formatHex(record, 6, 27))
        .isEqualTo("eb39b69a6e010000" + "0000803f" + "00000000" + "00000000" + "01");
    assertThat(((ClickEvent) binary.decode(record)).missing()).isNull();
    record[20] = (byte) 0xC0;
    record[21] = 0x7F;
    assertThat(((Reject) binary.decode(record)).message())
        .isEqualTo("price must be finite but was NaN");
  }

  // Version 2 has NaN for a missing value.
  @Test
  void binaryLayoutOfVersionTwo() {
    byte[] record = binary.encode(event(csv, T + ",1,0,,s,a|b,"));
    assertThat(record).hasSize(18 + 8 + 1 + 8 + 1 + 16);
    assertThat(record[1]).isEqualTo((byte) 2);
    assertThat(HexFormat.of().formatHex(record, 6, 27))
        .isEqualTo("eb39b69a6e010000" + "0000803f" + "00000000" + "0000c07f" + "01");
    record[24] = (byte) 0x80; // infinity
    assertThat(((Reject) binary.decode(record)).message())
        .isEqualTo("age must be finite but was Infinity");
  }

  @Test
  void bucketsCountTheBoundariesBelow() {
    Transform buckets = new Transform.Bucketise(List.of(0., 10., 100., 1000.));
    assertThat(buckets.apply(-1)).isEqualTo(0f);
    assertThat(buckets.apply(0)).isEqualTo(.25f);
    assertThat(buckets.apply(99)).isEqualTo(.5f);
    assertThat(buckets.apply(1e9)).isEqualTo(1f);
  }
}
