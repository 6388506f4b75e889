package io.millrace.values;

import static io.millrace.format.Rows.SCHEMA;
import static io.millrace.format.Rows.T;
import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.DenseColumn;
import io.millrace.event.EventLimits;
import io.millrace.event.LabelColumn;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.event.Transform;
import io.millrace.event.Warning;
import io.millrace.format.BinaryEventCodec;
import io.millrace.format.EventDecoder;
import io.millrace.format.FileFormat;
import io.millrace.format.Rows;
import io.millrace.format.TextFormat;
import io.millrace.format.ValueListener;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Law: what is legal but hardly meant is warned of once, and what is meant is not. */
class FirstRecordsTest {

  private static List<Warning> json(Schema schema, String... records) {
    FirstRecords first = new FirstRecords(schema, 1_000, ValueListener.none());
    EventDecoder decoder = EventDecoder.json(schema, EventLimits.DEFAULT, first);
    for (String record : records) {
      assertThat(first.add(decoder.decode(utf8(record)))).isEmpty();
    }
    List<Warning> warnings = first.end();
    assertThat(first.end()).as("said once").isEmpty();
    return warnings;
  }

  private static String[] rows(int n, String format) {
    return IntStream.range(0, n)
        .mapToObj(i -> format.replace("#T", "" + (T + i)).replace("#Y", "" + i % 2))
        .toArray(String[]::new);
  }

  private static Schema labelled(String... positive) {
    LabelColumn label = new LabelColumn("click", List.of(positive), .5, false);
    return new Schema(SCHEMA.dense(), SCHEMA.fields(), label, SCHEMA.time());
  }

  private static final String GOOD =
      "{\"ts\":#T,\"click\":#Y,\"price\":1,\"age\":2,\"site\":\"a\",\"tags\":[\"b\"]}";

  @Test
  void goodRecordsAreNotWarnedOf() {
    assertThat(json(SCHEMA, rows(40, GOOD))).isEmpty();
    assertThat(json(SCHEMA)).isEmpty();
  }

  // Law: one value in one event is enough for a column, and rejects do not count as events.
  @Test
  void aRareColumnIsSeen() {
    List<String> records = new ArrayList<>(List.of(rows(40, GOOD.replace("\"price\":1,", ""))));
    records.add(rows(1, GOOD)[0]);
    assertThat(json(SCHEMA, records.toArray(String[]::new))).isEmpty();
    records.set(40, rows(1, GOOD.replace("\"price\":1", "\"price\":\"x\""))[0]);
    assertThat(json(SCHEMA, records.toArray(String[]::new)))
        .extracting(Warning::place)
        .containsExactly("price");
  }

  @Test
  void columnsThatNoEventHasAreNamedWithTheKeys() {
    String typos = "{\"ts\":#T,\"click\":#Y,\"prize\":1,\"age\":2,\"site\":\"a\",\"tag\":[\"b\"]}";
    List<Warning> warnings = json(SCHEMA, rows(30, typos));
    assertThat(warnings)
        .singleElement()
        .isEqualTo(
            new Warning(
                Warning.Kind.UNSEEN_COLUMN,
                T + 29,
                null,
                "price, tags",
                2,
                "columns of the schema without a value in any of the first 30 events: price, tags;"
                    + " keys of the events: ts, click, prize, age, site, tag; did you mean prize"
                    + " instead of price, tag instead of tags?"));
  }

  // Law: an empty column of a table is named too; the header's columns are the keys.
  @Test
  void emptyCellsAreNoValues() {
    FirstRecords first = new FirstRecords(SCHEMA, 2, ValueListener.none());
    EventDecoder decoder =
        EventDecoder.text(
            SCHEMA, EventLimits.DEFAULT, FileFormat.of(TextFormat.CSV), Rows.COLUMNS, first);
    assertThat(first.add(decoder.decode(utf8(T + ",1,,2,a,b,")))).isEmpty();
    assertThat(first.add(decoder.decode(utf8(T + ",0,,2,a,|,"))))
        .extracting(Warning::message)
        .containsExactly(
            "columns of the schema without a value in any of the first 2 events: price; keys of the"
                + " events: ts, click, price, age, site, tags, note");
    assertThat(first.add(decoder.decode(utf8(T + ",0,,2,a,b,")))).isEmpty();
  }

  // Law: True, TRUE, true and JSON's true are one, in the cells and in the list.
  @ParameterizedTest
  @ValueSource(strings = {"true", "True", "TRUE"})
  void truthHasOneSpelling(String positive) {
    String[] cells = {"True", "TRUE", "true", "False", "no"};
    float[] labels = {1, 1, 1, 0, 0};
    EventDecoder csv = Rows.csv(labelled(positive));
    for (int i = 0; i < cells.length; i++) {
      assertThat(csv.decode(utf8(T + "," + cells[i] + ",1,2,a,b,")))
          .extracting("label")
          .isEqualTo(labels[i]);
    }
    assertThat(Rows.json(labelled(positive)).decode(utf8("{\"ts\":" + T + ",\"click\":true}")))
        .extracting("label")
        .isEqualTo(1f);
    assertThat(Rows.json(labelled(positive)).decode(utf8("{\"ts\":" + T + ",\"click\":1}")))
        .as("a number is no word")
        .extracting("label")
        .isEqualTo(0f);
    assertThat(Rows.csv(SCHEMA).decode(utf8(T + ",TRUE,1,2,a,b,")))
        .extracting("label")
        .isEqualTo(1f);
  }

  @Test
  void labelsOfOneClassAreNamedWithTheirTexts() {
    String[] records = rows(40, GOOD.replace("#Y", "\"v#Y\""));
    assertThat(json(labelled("yes", "on"), records))
        .extracting(Warning::message)
        .containsExactly(
            "click: 0 of 40 positive: no text is in schema.label.positive [yes, on]; texts are v0"
                + " (20), v1 (20)");
    assertThat(json(labelled("v0", "v1"), records))
        .extracting(Warning::message)
        .containsExactly(
            "click: 40 of 40 positive: every text is in schema.label.positive [v0, v1]; texts are"
                + " v0 (20), v1 (20)");
    assertThat(json(labelled("v1"), records)).isEmpty();
    assertThat(json(SCHEMA, rows(3, GOOD.replace("#Y", "0"))))
        .extracting(Warning::message)
        .containsExactly(
            "click: 0 of 3 positive: no number is at least schema.label.threshold 0.5");
  }

  @Test
  void theTimeAsFeatureIsNamed() {
    Schema schema =
        new Schema(
            List.of(DenseColumn.of("ts", new Transform.Log1p(1))),
            List.of(CategoricalField.of("ts", 100)),
            SCHEMA.label(),
            SCHEMA.time());
    assertThat(json(schema, rows(30, "{\"ts\":#T,\"click\":#Y}")))
        .extracting(Warning::message)
        .containsExactly(
            "the time column ts is a categorical column too (30 ids in 30 rows): the ids of later"
                + " events are all new; remove it from schema.categorical",
            "the time column ts is a dense column too: the values of later events are larger than"
                + " all that were learned; remove it from schema.dense");
  }

  // Law: where no record is an event, the reasons and the columns that none has are named.
  @Test
  void recordsThatAreNoEvents() {
    String[] records = rows(3, GOOD.replace("\"ts\"", "\"tss\""));
    records[2] = "{";
    assertThat(json(SCHEMA, records))
        .singleElement()
        .satisfies(
            warning -> {
              assertThat(warning.kind()).isEqualTo(Warning.Kind.NO_EVENTS);
              assertThat(warning.message())
                  .startsWith(
                      "none of the first 3 records is an event: not_parseable 1, bad_time 2; the"
                          + " first: ts must ")
                  .endsWith(
                      "; columns that none of them has: ts; keys of the events: tss, click, price,"
                          + " age, site, tags; did you mean tss instead of ts?");
            });
  }

  // Law: names from outside cannot fill a line or break it.
  @Test
  void manyAndLongKeysAreCut() {
    StringBuilder record = new StringBuilder("{\"ts\":" + T + ",\"click\":1");
    for (int i = 0; i < 200; i++) {
      record.append(",\"k").append(i).append("\\n").append("x".repeat(300)).append("\":1");
    }
    String message = json(SCHEMA, record + "}").get(0).message();
    assertThat(message).doesNotContain("\n").contains("and 52 more").hasSizeLessThan(1_500);
  }

  // Law: binary records, which have no keys, are judged by their events.
  @Test
  void binaryRecordsToo() {
    BinaryEventCodec codec = new BinaryEventCodec(SCHEMA, EventLimits.DEFAULT);
    FirstRecords first = new FirstRecords(SCHEMA, 2, ValueListener.none());
    for (int y = 0; y < 2; y++) {
      Decoded event =
          Rows.json(SCHEMA).decode(utf8("{\"ts\":" + T + ",\"click\":" + y + ",\"age\":1}"));
      byte[] bytes = codec.encode((ClickEvent) event);
      List<Warning> warnings = first.add(codec.decode(bytes));
      assertThat(warnings)
          .extracting(Warning::message)
          .isEqualTo(
              y == 0
                  ? List.of()
                  : List.of(
                      "columns of the schema without a value in any of the first 2 events: price,"
                          + " site, tags"));
    }
  }

  /** Law: a stream of which no record is an event is reported after 100 records, once. */
  @Test
  void noEventIsReportedEarly() {
    FirstRecords first = new FirstRecords(SCHEMA, FirstRecords.MOST, ValueListener.none());
    Reject reject = new Reject(Reject.Reason.MISSING_LABEL, "label must have a value");
    for (int i = 1; i < 100; i++) {
      assertThat(first.add(reject)).isEmpty();
    }
    assertThat(first.add(reject)).extracting(Warning::kind).containsExactly(Warning.Kind.NO_EVENTS);
    assertThat(first.add(reject)).isEmpty();
    assertThat(first.end()).isEmpty();
  }
}
