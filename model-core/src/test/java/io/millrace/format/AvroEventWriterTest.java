package io.millrace.format;

import static io.millrace.format.Rows.SCHEMA;
import static io.millrace.format.Rows.T;
import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Law: a row is written as Avro so that it reads back as the same event, or not at all. */
class AvroEventWriterTest {

  private static final String TEXT =
      AvroRecords.record(
          "{'name':'ts','type':'long'}",
          "{'name':'click','type':'int'}",
          "{'name':'price','type':'float'}",
          "{'name':'age','type':['null','int']}",
          "{'name':'site','type':'long'}",
          "{'name':'tags','type':{'type':'array','items':'string'}}");

  private static final RecordForm FORM = RecordForm.avro(TEXT, 3, SCHEMA);

  private static EventRow row(String line) {
    return row(SCHEMA, line);
  }

  private static EventRow row(Schema schema, String line) {
    byte[] bytes = utf8(line);
    EventRow.Source source = new EventRow.Source("a.csv", 0, Rows.COLUMNS);
    return new EventRow(7, Rows.csv(schema).decode(bytes), bytes, source);
  }

  private static byte[] write(EventRow row) throws IOException {
    return write(FORM, SCHEMA, row);
  }

  private static byte[] write(RecordForm form, Schema schema, EventRow row) throws IOException {
    FileFormat csv = FileFormat.of(TextFormat.CSV);
    return form.writer(schema, EventLimits.DEFAULT, csv).write(row);
  }

  private static Decoded read(byte[] record) {
    return FORM.decoder(SCHEMA, EventLimits.DEFAULT, ValueListener.none()).decode(record);
  }

  /** What the reader of a topic makes of a line of csv that was written in a form. */
  private static Decoded sent(RecordForm form, Schema schema, String line) throws IOException {
    byte[] record = write(form, schema, row(schema, line));
    return form.decoder(schema, EventLimits.DEFAULT, ValueListener.none()).decode(record);
  }

  @Test
  void anEventReadsBack() throws IOException {
    EventRow row = row(T + ",1,3.5,,12,a|b,x");
    ClickEvent back = (ClickEvent) read(write(row));
    assertThat(Rows.same(back, (ClickEvent) row.decoded())).isTrue();
    assertThat(back.missing(1)).isTrue();
  }

  // Law: an event that the Avro types would change is refused, with its row and column.
  @Test
  void anEventThatWouldChangeIsRefused() {
    for (List<String> wrong :
        List.of(
            List.of(T + ",1,3.5,,012,a|b,x", "site would be read as another value"),
            List.of(T + ",1,1,3.5,12,a,x", "age must be of type int but was '3.5'"),
            List.of(T + ",1,,,12,a,x", "price must be of type float but was missing"),
            List.of(T + ",1,1,,s1,a,x", "site must be of type long but was 's1'"))) {
      assertThatThrownBy(() -> write(row(wrong.get(0))))
          .isInstanceOf(EventFileException.class)
          .hasMessage(
              "row 7 cannot be written as kafka.schema says: "
                  + wrong.get(1)
                  + "; change the type in the Avro schema");
    }
  }

  // Law: a row that is no event is sent, and rejected again.
  @Test
  void aRejectStaysOne() throws IOException {
    Reject late = (Reject) read(write(row("1,1,3.5,,12,a,x")));
    assertThat(late.reason()).isEqualTo(Reject.Reason.TIME_OUT_OF_RANGE);
    assertThat(read(write(row("what,1,3.5,,12,a,x")))).isInstanceOf(Reject.class);
    assertThat(read(write(row("broken")))).isInstanceOf(Reject.class);
  }

  // Law: in lists, blanks around the parts of a cell and parts that mean missing are left out; a
  // text that means missing is null in any type.
  @Test
  void cellsFitTheTypesOfTheirValues() throws IOException {
    Schema schema =
        new Schema(
            SCHEMA.dense(),
            List.of(CategoricalField.of("site", 100), new CategoricalField("tags", "tags", "|", 9)),
            SCHEMA.label(),
            SCHEMA.time(),
            List.of("NA", "-1"));
    String type =
        TEXT.replace("\"items\":\"string\"", "\"items\":\"long\"")
            .replace("\"site\",\"type\":\"long\"", "\"site\",\"type\":[\"null\",\"long\"]");
    for (String line : List.of(T + ",1,3,-1,NA, 1|\tNA |22 ||,x", T + ",1,3,NA,5,NA,x")) {
      ClickEvent event = (ClickEvent) Rows.csv(schema).decode(utf8(line));
      ClickEvent back = (ClickEvent) sent(RecordForm.avro(type, 3, schema), schema, line);
      assertThat(Rows.same(back, event)).as(line).isTrue();
      assertThat(back.missing(1)).isTrue();
    }
  }

  // Law: a row with a good time keeps the reason of its reject, whatever the unit of the Avro time.
  @Test
  void aRejectKeepsItsReason() throws IOException {
    Schema schema = SCHEMA.with(new TimeColumn.Epoch("ts", TimeColumn.Unit.S));
    String type =
        TEXT.replace(
            "{\"name\":\"ts\",\"type\":\"long\"}",
            "{\"name\":\"ts\",\"type\":{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}}");
    RecordForm form = RecordForm.avro(type, 3, schema);
    for (String time : List.of("1574553663.979", "2019-11-24T00:01:03.979Z")) {
      Reject reject = (Reject) sent(form, schema, time + ",1,Infinity,,12,a,x");
      assertThat(reject.reason()).as(time).isEqualTo(Reject.Reason.NOT_FINITE);
    }
  }

  // Law: the shortest decimal text that reads back, on every version of Java.
  @Test
  void decimalsAreShortest() {
    assertThat(Decimals.text(0.002f)).isEqualTo("0.002");
    assertThat(Decimals.text(Float.MIN_NORMAL)).isEqualTo("1.1754944E-38");
    assertThat(Decimals.text(0x1p24f)).isEqualTo("16777216.0");
    assertThat(Decimals.text(0.1 + 0.2)).isEqualTo("0.30000000000000004");
    assertThat(Decimals.text(Double.parseDouble("2e23"))).isEqualTo("2E+23");
    assertThat(Decimals.text(-0.0)).isEqualTo("-0.0");
    assertThat(Decimals.text(Double.NaN)).isEqualTo("NaN");
    for (int exponent = -1074; exponent < 1024; exponent++) {
      double value = Math.scalb(1.1, exponent);
      assertThat(Double.parseDouble(Decimals.text(value))).isEqualTo(value);
      float single = (float) value;
      assertThat(Float.parseFloat(Decimals.text(single))).isEqualTo(single);
    }
  }
}
