package io.millrace.format;

import static io.millrace.format.Rows.SCHEMA;
import static io.millrace.format.Rows.T;
import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.DenseColumn;
import io.millrace.event.EventLimits;
import io.millrace.event.IdEncoder;
import io.millrace.event.LabelColumn;
import io.millrace.event.Reject;
import io.millrace.event.Reject.Reason;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.Transform;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Law: an Avro record gives the event that a row of text with its values gives. */
class AvroEventDecoderTest {

  private static final String CLICK = "{'name':'click','type':'int'}";
  private static final String SITE = "{'name':'site','type':'string'}";

  private static final byte[] GOOD =
      AvroRecords.write(T, true, 3.0, 40f, "1fbe01fe", Arrays.asList("a", null, "b"));

  private static Decoded decode(RecordForm form, Schema schema, byte[] record) {
    return form.decoder(schema, EventLimits.DEFAULT, ValueListener.none()).decode(record);
  }

  private static ClickEvent event(String avro, Schema schema, Object... values) {
    RecordForm form = RecordForm.avro(avro, RecordForm.NO_ID, schema);
    Decoded decoded = decode(form, schema, AvroRecords.write(avro, values));
    assertThat(decoded).as("%s", decoded).isInstanceOf(ClickEvent.class);
    return (ClickEvent) decoded;
  }

  private static Reject reject(RecordForm form, byte[] record) {
    return (Reject) decode(form, SCHEMA, record);
  }

  @Test
  void aRecordIsTheEventOfItsRow() {
    ClickEvent event = (ClickEvent) decode(AvroRecords.FORM, SCHEMA, GOOD);
    ClickEvent row = (ClickEvent) Rows.csv(SCHEMA).decode(utf8(T + ",1,3,40,1fbe01fe,a|b,x"));
    assertThat(Rows.same(event, row)).isTrue();
    byte[] nulls = AvroRecords.write(T, false, null, null, null, List.of());
    ClickEvent missing = (ClickEvent) decode(AvroRecords.FORM, SCHEMA, nulls);
    ClickEvent empty = (ClickEvent) Rows.csv(SCHEMA).decode(utf8(T + ",0,,,,,"));
    assertThat(Rows.same(missing, empty)).isTrue();
    assertThat(missing.missing(0) && missing.missing(1)).isTrue();
  }

  // Law: the type of a timestamp decides over the unit of the job file.
  @ParameterizedTest
  @CsvSource({
    "long, timestamp-millis, 1700000000123, 1700000000123",
    "long, timestamp-micros, 1700000000123999, 1700000000123",
    "long, timestamp-nanos, 1700000000123999999, 1700000000123",
    "int, date, 19675, 1699920000000",
    "long, '', 1700000000, 1700000000000",
  })
  void timestampsHaveTheirOwnUnit(String type, String logical, long value, long expected) {
    Schema schema = of("site", new TimeColumn.Epoch("ts", TimeColumn.Unit.S));
    String time =
        logical.isEmpty()
            ? "'" + type + "'"
            : "{'type':'%s','logicalType':'%s'}".formatted(type, logical);
    Object stored = type.equals("int") ? (Object) (int) value : (Object) value;
    String avro = AvroRecords.record("{'name':'ts','type':" + time + "}", CLICK, SITE);
    assertThat(event(avro, schema, stored, 1, "a").eventTime()).isEqualTo(expected);
    if (!logical.isEmpty()) {
      Schema pattern = of("site", new TimeColumn.Pattern("ts", "uuuu-MM-dd", 1970, "UTC"));
      assertThat(event(avro, pattern, stored, 1, "a").eventTime()).isEqualTo(expected);
    }
  }

  private static Schema of(String column, TimeColumn time) {
    return new Schema(
        List.of(), List.of(CategoricalField.of(column, 10)), LabelColumn.of("click"), time);
  }

  // Law: an id is the text of its value: digits, symbol, true or false, decimal, bytes as UTF-8.
  @Test
  void valuesAreTexts() {
    assertThat(id("'int'", 7)).isEqualTo("7");
    assertThat(id("'long'", -7L)).isEqualTo("-7");
    assertThat(id("'double'", 7.0)).isEqualTo("7.0");
    assertThat(id("'double'", 0.1)).isEqualTo("0.1");
    assertThat(id("'float'", 0.1f)).isEqualTo("0.1");
    assertThat(id("'boolean'", true)).isEqualTo("true");
    assertThat(id("'bytes'", ByteBuffer.wrap(utf8("größe")))).isEqualTo("größe");
    assertThat(id("['int','string']", "x")).isEqualTo("x");
    byte[] cents = new BigDecimal("-12.50").unscaledValue().toByteArray();
    assertThat(
            id(
                "{'type':'bytes','logicalType':'decimal','precision':9,'scale':2}",
                ByteBuffer.wrap(cents)))
        .isEqualTo("-12.50");
    String symbols = "{'type':'enum','name':'E','symbols':['A','B']}";
    org.apache.avro.Schema type =
        new org.apache.avro.Schema.Parser().parse(symbols.replace('\'', '"'));
    assertThat(id(symbols, new GenericData.EnumSymbol(type, "B"))).isEqualTo("B");
  }

  /** The text whose id the value has. */
  private static String id(String type, Object value) {
    Schema schema = of("v", new TimeColumn.Epoch("ts", TimeColumn.Unit.MS));
    String avro =
        AvroRecords.record(
            "{'name':'v','type':" + type + "}", CLICK, "{'name':'ts','type':'long'}");
    long id = event(avro, schema, value, 1, T).ids()[0];
    return List.of("7", "-7", "7.0", "0.1", "true", "größe", "x", "-12.50", "B").stream()
        .filter(text -> IdEncoder.id("v", text) == id)
        .findFirst()
        .orElse("another text");
  }

  // Law: records and maps are steps of a column's path.
  @Test
  void pathsLeadIntoRecordsAndMaps() {
    Schema schema =
        new Schema(
            List.of(DenseColumn.of("user.age", new Transform.Identity())),
            List.of(CategoricalField.of("props.site.name", 10), CategoricalField.of("user.id", 10)),
            LabelColumn.of("click"),
            new TimeColumn.Epoch("ts", TimeColumn.Unit.MS));
    String user =
        "['null',{'type':'record','name':'User','fields':["
            + "{'name':'id','type':'long'},{'name':'age','type':['null','int']}]}]";
    String avro =
        AvroRecords.record(
            "{'name':'user','type':" + user + "}",
            CLICK,
            "{'name':'props','type':{'type':'map','values':'string'}}",
            "{'name':'ts','type':'long'}");
    org.apache.avro.Schema type = new org.apache.avro.Schema.Parser().parse(avro);
    GenericData.Record person =
        new GenericData.Record(type.getField("user").schema().getTypes().get(1));
    person.put("id", 5L);
    person.put("age", 33);
    ClickEvent event = event(avro, schema, person, 1, Map.of("site.name", "a", "x", "y"), T);
    assertThat(event.dense()).containsExactly(33f);
    assertThat(event.ids())
        .containsExactly(IdEncoder.id("props.site.name", "a"), IdEncoder.id("user.id", "5"));
    ClickEvent empty = event(avro, schema, null, 1, Map.of(), T);
    assertThat(empty.missing(0)).isTrue();
  }

  // Law: no part of a record is an event, nor is a record with bytes after it.
  @Test
  void truncatedAndTrailingBytesAreRejected() {
    for (int n = 0; n < GOOD.length; n++) {
      Reject reject = reject(AvroRecords.FORM, Arrays.copyOf(GOOD, n));
      assertThat(reject.reason()).as("%d bytes", n).isEqualTo(Reason.NOT_PARSEABLE);
    }
    assertThat(reject(AvroRecords.FORM, Arrays.copyOf(GOOD, GOOD.length + 2)).message())
        .isEqualTo("an Avro record must end with its last value but has 2 bytes more");
  }

  // Law: a schema that contains itself, and lists of nothing, end.
  @Test
  void depthAndEntriesAreBounded() {
    String avro =
        AvroRecords.record(
            "{'name':'next','type':['null','Click']}",
            "{'name':'nulls','type':{'type':'array','items':'null'}}",
            CLICK,
            SITE,
            "{'name':'ts','type':'long'}");
    Schema schema = of("site", new TimeColumn.Epoch("ts", TimeColumn.Unit.MS));
    RecordForm form = RecordForm.avro(avro, RecordForm.NO_ID, schema);
    byte[] deep = new byte[10_000];
    Arrays.fill(deep, (byte) 2);
    assertThat(((Reject) decode(form, schema, deep)).message())
        .isEqualTo("an Avro record must be nested at most 100 deep");
    byte[] many = {0, -2, -1, -1, -1, -1, -1, -1, -1, 127};
    assertThat(((Reject) decode(form, schema, many)).message())
        .startsWith("an Avro record must hold at most 262144 entries");
  }

  // Law: with an id, a record must have the prefix with this id; without, it must have none.
  @Test
  void theWritersSchemaMustBeTheExpectedOne() {
    byte[] prefixed =
        ByteBuffer.allocate(5 + GOOD.length).put((byte) 0).putInt(7).put(GOOD).array();
    RecordForm seven = RecordForm.avro(AvroRecords.TEXT, 7, SCHEMA);
    RecordForm eight = RecordForm.avro(AvroRecords.TEXT, 8, SCHEMA);
    ClickEvent event = (ClickEvent) decode(seven, SCHEMA, prefixed);
    assertThat(Rows.same(event, (ClickEvent) decode(AvroRecords.FORM, SCHEMA, GOOD))).isTrue();
    assertThat(reject(eight, prefixed).message())
        .isEqualTo("a record's writer schema must have the id 8 (kafka.schema_id) but has 7");
    assertThat(reject(seven, GOOD).message())
        .startsWith("a record must begin with a byte 0 and the schema id 7, as kafka.schema_id is");
    assertThat(reject(AvroRecords.FORM, prefixed).message())
        .isEqualTo(
            "a record must be Avro but has the prefix of a schema registry (00 and the schema id"
                + " 7); set kafka.schema_id: 7");
  }

  // Law: a column that the Avro schema lacks, or has with another type, is an error at the start.
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "'{' # must be an Avro schema (",
        "'\"int\"' # must be the Avro schema of a record (it is of type int)",
        "sit:string # must have the column 'site' (its record Click has [ts, click, price, age,"
            + " sit, tags]; did you mean 'sit'?)",
        "price:boolean # must have a number in the column 'price' (it is of type boolean there)",
        "click:bytes|null # ok",
        "site:{'type':'map','values':'int'} # must have a value or a list in the column 'site' (it"
            + " is of type map there)",
        "ts:{'type':'long','logicalType':'local-timestamp-millis'} # must have a moment in the"
            + " column 'ts' (it is of type local-timestamp-millis there, which has no time zone;"
            + " use timestamp-millis or timestamp-micros)",
        "tags:{'type':'array','items':{'type':'array','items':'int'}} # must have a value or a list"
            + " in the column 'tags' (it is of type array there)",
      })
  void columnsAreCheckedAtTheStart(String change, String message) {
    String avro = changed(change);
    if (message.equals("ok")) {
      assertThat(RecordForm.avro(avro, RecordForm.NO_ID, SCHEMA).schemaId()).isEqualTo(-1);
    } else {
      assertThatThrownBy(() -> RecordForm.avro(avro, RecordForm.NO_ID, SCHEMA))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(message);
    }
  }

  private static String changed(String change) {
    int colon = change.indexOf(':');
    if (change.startsWith("{") || change.startsWith("\"")) {
      return change;
    }
    String name = change.substring(0, colon);
    String type = change.substring(colon + 1);
    String[] fields = new String[6];
    List<String> columns = List.of("ts", "click", "price", "age", "site", "tags");
    for (int i = 0; i < fields.length; i++) {
      boolean here = columns.get(i).startsWith(name);
      String quoted = type.startsWith("{") ? type : "'" + type.replace("|", "','") + "'";
      String one = here ? (type.contains("|") ? "[" + quoted + "]" : quoted) : "'string'";
      fields[i] = "{'name':'" + (here ? name : columns.get(i)) + "','type':" + one + "}";
    }
    return AvroRecords.record(fields);
  }
}
