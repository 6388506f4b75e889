package io.millrace.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.DenseColumn;
import io.millrace.event.EventLimits;
import io.millrace.event.LabelColumn;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.event.Transform;
import io.millrace.format.EventDecoder;
import io.millrace.format.EventFileException;
import io.millrace.format.EventRow;
import io.millrace.format.FileFormat;
import io.millrace.format.JsonEventWriter;
import io.millrace.format.Rows;
import io.millrace.format.TextFormat;
import io.millrace.format.ValueListener;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that pyarrow has written: {@code write.py} beside them says how. */
class ParquetFileTest {

  private static final FileFormat PARQUET = FileFormat.of(TextFormat.PARQUET);
  private static final TimeColumn MILLIS = new TimeColumn.Epoch("ts", TimeColumn.Unit.MS);

  @TempDir Path dir;

  private static Schema schema(TimeColumn time, String... more) {
    List<CategoricalField> fields = new ArrayList<>();
    for (String column : List.of("site", "shop", "big", "day", "cost")) {
      fields.add(CategoricalField.of(column, 100));
    }
    fields.add(new CategoricalField("tags", "tags", "|", 100));
    fields.add(new CategoricalField("nums", "nums", "|", 100));
    for (String column : more) {
      fields.add(CategoricalField.of(column, 100));
    }
    return new Schema(
        List.of(
            DenseColumn.of("price", new Transform.Log1p(.25)),
            new DenseColumn("small", "small", new Transform.Standardise(30, 10), -1)),
        fields,
        LabelColumn.of("click"),
        time);
  }

  private Path file(String name) throws IOException {
    boolean text = name.endsWith(".jsonl");
    String resource = "parquet/" + name + (text ? "" : ".b64");
    try (InputStream in = ParquetFileTest.class.getResourceAsStream(resource)) {
      byte[] bytes = in.readAllBytes();
      return Files.write(dir.resolve(name), text ? bytes : Base64.getMimeDecoder().decode(bytes));
    }
  }

  private static List<EventRow> read(Path file, TextFormat format, Schema schema)
      throws IOException {
    List<EventRow> rows = new ArrayList<>();
    try (EventFile events =
        EventFile.open(
            file, FileFormat.of(format), schema, EventLimits.DEFAULT, ValueListener.none())) {
      for (EventRow row = events.next(); row != null; row = events.next()) {
        rows.add(row);
        assertThat(events.part()).isBetween(0., 1.);
      }
      assertThat(events.part()).isEqualTo(1);
    }
    return rows;
  }

  private static void assertSame(List<EventRow> rows, List<EventRow> expected) {
    assertThat(rows).hasSameSizeAs(expected).hasSize(40);
    for (int i = 0; i < rows.size(); i++) {
      if (expected.get(i).decoded() instanceof ClickEvent event) {
        assertThat(Rows.same((ClickEvent) rows.get(i).decoded(), event)).as("row %s", i).isTrue();
      } else {
        assertThat(rows.get(i).decoded()).isEqualTo(expected.get(i).decoded());
      }
    }
  }

  // Every type, codec, page version and row group gives the events of the same rows in JSON: the
  // timestamps have 1/1000 s, 1/1,000,000 s, Julian days, or are numbers.
  @ParameterizedTest
  @ValueSource(strings = {"plain-1", "snappy-1", "gzip-2", "zstd-2", "millis", "int96", "numbers"})
  void rowsAreThoseOfJson(String name) throws IOException {
    Schema schema = schema(MILLIS);
    List<EventRow> json = read(file("rows.jsonl"), TextFormat.JSONL, schema);
    assertThat(json.get(5).decoded()).isInstanceOf(Reject.class); // without a label
    assertSame(read(file(name + ".parquet"), TextFormat.PARQUET, schema), json);
  }

  // A timestamp is read whatever the job file says of times: any unit, any pattern.
  @Test
  void timestampsFitEveryTimeColumn() throws IOException {
    List<EventRow> json = read(file("rows.jsonl"), TextFormat.JSONL, schema(MILLIS));
    for (TimeColumn time :
        List.of(
            new TimeColumn.Epoch("ts", TimeColumn.Unit.S),
            new TimeColumn.Epoch("ts", TimeColumn.Unit.US),
            new TimeColumn.Epoch("ts", TimeColumn.Unit.NS),
            new TimeColumn.Pattern("ts", "uuuu-MM-dd HH:mm:ss.SSS", 1970, "Asia/Tokyo"))) {
      assertSame(read(file("zstd-2.parquet"), TextFormat.PARQUET, schema(time)), json);
    }
  }

  // A record that a replay sends decodes to the event of the row.
  @Test
  void aReplaySendsJson() throws IOException {
    Schema schema = schema(MILLIS);
    JsonEventWriter json = new JsonEventWriter(schema, PARQUET);
    EventDecoder decoder = Rows.json(schema);
    for (EventRow row : read(file("snappy-1.parquet"), TextFormat.PARQUET, schema)) {
      if (row.decoded() instanceof ClickEvent event) {
        assertThat(Rows.same(event, (ClickEvent) decoder.decode(json.write(row)))).isTrue();
      }
    }
  }

  @Test
  void whatCannotBeReadIsSaid() throws IOException {
    fails(
        "snappy-1.parquet",
        schema(MILLIS, "extra"),
        "its column 'extra' must be a value or a list of values but is a group");
    fails(
        "brotli.parquet",
        schema(MILLIS),
        "must be packed with snappy, gzip or zstd, or not at all, but was packed with BROTLI");
    fails(
        "snappy-1.parquet",
        schema(MILLIS, "sites"),
        "must have the column 'sites' but its header has [ts, click, price, small, site, shop,");
    fails("rows.jsonl", schema(MILLIS), "must be a Parquet file, as format.type says, but is not");
    assertThatThrownBy(() -> read(file("snappy-1.parquet"), TextFormat.JSONL, schema(MILLIS)))
        .hasMessageEndingWith("but is a Parquet file: set format.type: parquet");
    EventInput once = EventInput.once("standard input", InputStream.nullInputStream());
    assertThatThrownBy(
            () ->
                EventFile.open(
                    once, 0, PARQUET, schema(MILLIS), EventLimits.DEFAULT, ValueListener.none()))
        .hasMessageStartingWith("standard input must be a file, as Parquet is read from its end");
  }

  private void fails(String name, Schema schema, String message) throws IOException {
    Path file = file(name);
    assertThatThrownBy(() -> read(file, TextFormat.PARQUET, schema))
        .isInstanceOf(EventFileException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(message);
  }

  // A cut or changed file gives rows or an error that names it, never another exception, and no
  // memory that its size does not explain.
  @Test
  void brokenFilesAreErrors() throws IOException {
    byte[] whole = Files.readAllBytes(file("zstd-2.parquet"));
    Path broken = dir.resolve("broken.parquet");
    SplittableRandom random = new SplittableRandom(7);
    int errors = 0;
    for (int i = 0; i < 400; i++) {
      byte[] bytes = whole.clone();
      if (i % 4 == 0) {
        bytes = Arrays.copyOf(whole, random.nextInt(whole.length));
      }
      for (int change = 0; change < i % 4 && bytes.length > 0; change++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      Files.write(broken, bytes);
      try {
        read(broken, TextFormat.PARQUET, schema(MILLIS));
      } catch (EventFileException e) {
        assertThat(e).hasMessageStartingWith(broken.toString());
        errors++;
      }
    }
    assertThat(errors).isGreaterThan(150);
  }

  // Parts of a log in Parquet are merged like those of other files.
  @Test
  void filesAreMerged() throws IOException {
    List<EventInput> twice =
        Stream.of(file("gzip-2.parquet"), file("int96.parquet")).map(EventInput::of).toList();
    try (OrderedEvents events =
        OrderedEvents.open(
            twice, PARQUET, schema(MILLIS), EventLimits.DEFAULT, false, ValueListener.none())) {
      long last = 0;
      int n = 0;
      for (EventRow row = events.next(); row != null; row = events.next()) {
        if (row.decoded() instanceof ClickEvent event) {
          assertThat(event.eventTime()).isGreaterThanOrEqualTo(last);
          last = event.eventTime();
        }
        n++;
      }
      assertThat(n).isEqualTo(80);
      assertThat(events.sortedInMemory()).isFalse();
    }
  }
}
