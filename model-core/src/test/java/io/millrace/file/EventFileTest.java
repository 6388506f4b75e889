package io.millrace.file;

import static io.millrace.format.Rows.SCHEMA;
import static io.millrace.format.Rows.T;
import static io.millrace.format.Rows.utf8;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.ClickEvent;
import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.IdEncoder;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.format.EventDecoder;
import io.millrace.format.EventFileException;
import io.millrace.format.EventRow;
import io.millrace.format.FileFormat;
import io.millrace.format.JsonEventWriter;
import io.millrace.format.Rows;
import io.millrace.format.TextFormat;
import io.millrace.format.ValueListener;
import io.millrace.values.EventValues;
import io.millrace.values.HotValues;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {

  private static final String HEADER = "ts,click,price,age,site,tags,note\n";

  @TempDir Path dir;

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(dir.resolve(name), bytes);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.toByteArray();
  }

  private static EventFile open(Path path, TextFormat format) throws IOException {
    return open(path, FileFormat.of(format), EventLimits.DEFAULT);
  }

  private static EventFile open(Path path, FileFormat format, EventLimits limits)
      throws IOException {
    return EventFile.open(path, format, SCHEMA, limits, ValueListener.none());
  }

  private static List<EventRow> read(EventFile file) throws IOException {
    List<EventRow> rows = new ArrayList<>();
    try (file) {
      for (EventRow row = file.next(); row != null; row = file.next()) {
        rows.add(row);
      }
    }
    return rows;
  }

  private static String row(int i, String note) {
    return (T + i) + "," + i % 2 + "," + i + ",," + "s" + i + ",a|b," + note + "\n";
  }

  // csv, tsv and jsonl, with and without gzip, header, byte order mark and \r, hold the same
  // events.
  @Test
  void oneLogInManyFormats() throws IOException {
    String csv = HEADER + row(0, "x") + row(1, "\"a,\n\"\"b\"") + row(2, "");
    List<EventRow> rows = read(open(file("a.csv", utf8(csv)), TextFormat.CSV));
    assertThat(rows).hasSize(3);
    JsonEventWriter json = new JsonEventWriter(SCHEMA, FileFormat.of(TextFormat.CSV));
    StringBuilder jsonl = new StringBuilder();
    rows.forEach(r -> jsonl.append(new String(json.write(r), UTF_8)).append("\r\n"));
    String tsv = (HEADER + row(0, "x") + row(1, "") + row(2, "")).replace(',', '\t');
    String bare = row(0, "x") + row(1, "") + row(2, "");
    for (EventFile other :
        List.of(
            open(file("a.csv.gz", gzip(utf8(csv))), TextFormat.CSV),
            open(file("b.csv", utf8("\uFEFF" + csv.replace("\n", "\r\n"))), TextFormat.CSV),
            open(file("a.tsv", utf8(tsv)), TextFormat.TSV),
            open(file("a.jsonl", utf8(jsonl.toString())), TextFormat.JSONL),
            open(
                file("bare.csv", utf8(bare)),
                new FileFormat(TextFormat.CSV, Rows.COLUMNS),
                EventLimits.DEFAULT))) {
      List<EventRow> same = read(other);
      assertThat(same).hasSize(3);
      for (int i = 0; i < 3; i++) {
        assertThat(same.get(i).row()).isEqualTo(i);
        assertThat(
                Rows.same((ClickEvent) rows.get(i).decoded(), (ClickEvent) same.get(i).decoded()))
            .isTrue();
      }
    }
  }

  @Test
  void badRowsAreCountedAndReadingGoesOn() throws IOException {
    String csv = HEADER + row(0, "") + "what\n\n" + row(2, "");
    List<EventRow> rows = read(open(file("a.csv", utf8(csv)), TextFormat.CSV));
    assertThat(rows.get(1).decoded())
        .isEqualTo(new Reject(Reject.Reason.NOT_PARSEABLE, "a row must have 7 cells but had 1"));
    assertThat(new String(rows.get(1).line(), UTF_8)).isEqualTo("what");
    assertThat(rows.get(2).row()).isEqualTo(2);
    assertThat(rows.get(2).decoded()).isInstanceOf(ClickEvent.class);
  }

  // An unclosed quote makes its own row a reject, not the rest of the file.
  @Test
  void anOpenQuoteCostsOneRow() throws IOException {
    StringBuilder csv = new StringBuilder(HEADER).append(row(0, "\"open"));
    for (int i = 1; i < 50; i++) {
      csv.append(row(i, ""));
    }
    EventLimits tight = new EventLimits(200, 10, 0, Long.MAX_VALUE, 0);
    Path path = file("a.csv", utf8(csv.toString()));
    for (EventLimits limits : List.of(tight, EventLimits.DEFAULT)) {
      List<EventRow> rows = read(open(path, FileFormat.of(TextFormat.CSV), limits));
      assertThat(rows).hasSize(50);
      assertThat(rows.get(0).decoded()).isInstanceOf(Reject.class);
      assertThat(rows.subList(1, 50)).allMatch(r -> r.decoded() instanceof ClickEvent);
    }
  }

  // Lines over the limit are one reject each, wherever they fall in the buffer.
  @Test
  void longLinesAreCut() throws IOException {
    EventLimits tight = new EventLimits(100, 10, 0, Long.MAX_VALUE, 0);
    StringBuilder csv = new StringBuilder(HEADER);
    int[] lengths = {90, 101, 150, 300, 70_000, 200_000, 65_536, 131_072, 100_003};
    for (int length : lengths) {
      csv.append(row(1, "")).append("y".repeat(length)).append('\n');
    }
    Path path = file("a.csv", utf8(csv.toString()));
    List<EventRow> rows = read(open(path, FileFormat.of(TextFormat.CSV), tight));
    assertThat(rows).hasSize(2 * lengths.length);
    for (int i = 0; i < lengths.length; i++) {
      assertThat(rows.get(2 * i).decoded()).isInstanceOf(ClickEvent.class);
      Reject.Reason reason =
          lengths[i] <= 100 ? Reject.Reason.NOT_PARSEABLE : Reject.Reason.TOO_LARGE;
      assertThat(((Reject) rows.get(2 * i + 1).decoded()).reason()).isEqualTo(reason);
    }
  }

  @Test
  void aFileThatCannotBeEventsSaysWhy() throws IOException {
    Path no = dir.resolve("no.csv");
    fails(no, no + " must be a file but does not exist");
    fails(dir, dir + " must be a file but is a directory");
    Path empty = file("empty.csv", new byte[0]);
    fails(empty, empty + " must hold events but is empty");
    Path emptyZip = file("empty.csv.gz", gzip(new byte[0]));
    fails(emptyZip, emptyZip + " must hold events but is empty");
    Path binary = file("x.csv", new byte[] {'a', 'b', 0, 1, 2});
    fails(
        binary,
        binary
            + " must be text (csv, tsv or jsonl; plain, gzip or zstd) but has the byte 0x00 at offset"
            + " 2");
    Path other = file("other.csv", utf8("ts,clik,price,age,site,tags\n"));
    fails(
        other,
        other
            + " must have the column 'click' but its header has [ts, clik, price, age, site, tags];"
            + " did you mean 'click'?",
        "clik");
    Path twice = file("twice.csv", utf8("ts,click,click,price,age,site,tags\n"));
    fails(twice, twice + " must have the column 'click' once but has it 2 times");
  }

  private static void fails(Path path, String message) {
    fails(path, message, "click");
  }

  private static void fails(Path path, String message, String meant) {
    String expected = message.replace("did you mean 'click'", "did you mean '" + meant + "'");
    assertThatThrownBy(() -> open(path, TextFormat.CSV).close())
        .isInstanceOf(EventFileException.class)
        .hasMessage(expected);
  }

  @Test
  void aBrokenGzipIsAnErrorNotAnEnd() throws IOException {
    StringBuilder csv = new StringBuilder(HEADER);
    for (int i = 0; i < 20_000; i++) {
      csv.append(row(i, "n" + i * 7919));
    }
    byte[] zipped = gzip(utf8(csv.toString()));
    Path path = file("a.csv.gz", Arrays.copyOf(zipped, zipped.length / 2));
    assertThatThrownBy(() -> read(open(path, TextFormat.CSV)))
        .isInstanceOf(EventFileException.class)
        .hasMessageContaining("must be a whole gzip file but ends or breaks in the middle");
  }

  // bytes of the file on the disk, so that a zipped file too is half read in its middle
  @Test
  void aFileKnowsHowMuchOfItIsRead() throws IOException {
    StringBuilder csv = new StringBuilder(HEADER);
    int rows = 200_000;
    for (int i = 0; i < rows; i++) {
      csv.append(row(i, "n" + i * 7919));
    }
    for (byte[] bytes : List.of(utf8(csv.toString()), gzip(utf8(csv.toString())))) {
      try (EventFile file = open(file("a.csv", bytes), TextFormat.CSV)) {
        for (int i = 0; i < rows / 2; i++) {
          file.next(false);
        }
        assertThat(file.part()).isBetween(.4, .65);
        while (file.next(false) != null) {
          assertThat(file.part()).isBetween(.4, 1.);
        }
        assertThat(file.part()).isEqualTo(1);
      }
    }
  }

  private List<Long> order(String csv, boolean sorted) throws IOException {
    List<Long> rows = new ArrayList<>();
    try (OrderedEvents events =
        OrderedEvents.open(
            List.of(EventInput.of(file("o.csv", utf8(HEADER + csv)))),
            FileFormat.of(TextFormat.CSV),
            SCHEMA,
            EventLimits.DEFAULT,
            true,
            ValueListener.none())) {
      assertThat(events.sortedInMemory()).isNotEqualTo(sorted);
      double part = 0;
      for (EventRow row = events.next(); row != null; row = events.next()) {
        rows.add(row.row());
        assertThat(events.part()).isBetween(part, 1.);
        part = events.part();
      }
      assertThat(part).isEqualTo(1);
    }
    return rows;
  }

  // A stable sort by time, in which a reject keeps its place in front of its follower.
  @Test
  void unorderedFilesAreSortedByTime() throws IOException {
    assertThat(order(row(1, "") + "bad\n" + row(1, "") + row(2, ""), true))
        .containsExactly(0L, 1L, 2L, 3L);
    assertThat(order(row(5, "") + "bad\n" + row(1, "") + row(5, "") + row(1, "") + "bad\n", false))
        .containsExactly(1L, 2L, 4L, 0L, 3L, 5L);
  }

  // A written record decodes to the same event as the file's row, also with a made-up clock.
  @Test
  void jsonRecordsCarryTheRow() throws IOException {
    Schema clocked =
        new Schema(
            SCHEMA.dense(),
            SCHEMA.fields(),
            SCHEMA.label(),
            new TimeColumn.MadeUp(10_000, 1_577_836_800_000L));
    FileFormat format = FileFormat.of(TextFormat.CSV);
    String csv = HEADER + row(0, "") + ",1,0.50,007,007,x|y,\n" + "bad\n" + row(3, "\"q\"\"\"");
    EventDecoder decoder = Rows.json(clocked);
    try (EventFile file =
        EventFile.open(
            file("m.csv", utf8(csv)), format, clocked, EventLimits.DEFAULT, ValueListener.none())) {
      JsonEventWriter writer = new JsonEventWriter(clocked, format);
      for (EventRow row = file.next(); row != null; row = file.next()) {
        Decoded sent = decoder.decode(writer.write(row));
        if (row.decoded() instanceof ClickEvent event) {
          assertThat(Rows.same(event, (ClickEvent) sent)).isTrue();
        } else {
          assertThat(((Reject) sent).reason()).isEqualTo(((Reject) row.decoded()).reason());
        }
      }
    }
    JsonEventWriter lines = new JsonEventWriter(clocked, FileFormat.of(TextFormat.JSONL));
    EventRow.Source source = new EventRow.Source("m.jsonl", 0, List.of());
    EventRow line = new EventRow(1, null, utf8("{\"site\":7.0,\"event_time\":3}"), source);
    assertThat(new String(lines.write(line), UTF_8))
        .isEqualTo("{\"site\":7.0,\"event_time\":1577836808640}");
  }

  // What two dictionaries have counted of a stream's halves is what one has counted of all of it,
  // also if the events' values went another way than their bytes.
  @Test
  void hotValuesAddUp() {
    HotValues whole = new HotValues(SCHEMA, 100);
    HotValues first = new HotValues(SCHEMA, 100);
    HotValues second = new HotValues(SCHEMA, 100);
    EventValues.Collector collector = new EventValues.Collector();
    for (int i = 0; i < 600; i++) {
      for (int n = 0; n <= i % 40; n++) {
        byte[] value = utf8(i % 7 + "/" + n);
        collector.value(n % 2, IdEncoder.id("any", i % 7 + "/" + n), value, 0, value.length);
      }
      EventValues values = collector.take();
      values.forEach(whole);
      values.forEach(i < 300 ? first : second);
    }
    assertThat(collector.take()).isSameAs(EventValues.NONE);
    assertThat(whole.top(0, 1).get(0).count()).isGreaterThan(50);
    HotValues sum = new HotValues(SCHEMA, 100);
    sum.add(first.counted());
    sum.add(second.counted());
    assertThat(sum.counted()).isEqualTo(whole.counted());
    first.clear();
    assertThat(first.counted()).allMatch(field -> field.values().isEmpty());
  }

  // A dictionary that has dropped values is restored unchanged.
  @Test
  void hotValuesComeBack() {
    HotValues hot = new HotValues(SCHEMA, 10);
    for (int i = 0; i < 100; i++) {
      byte[] value = utf8("v" + i);
      for (int n = 0; n <= i % 13; n++) {
        hot.value(1, i, value, 0, value.length);
      }
    }
    HotValues copy = new HotValues(SCHEMA, 10);
    copy.add(hot.counted());
    assertThat(copy.counted()).isEqualTo(hot.counted());
    assertThat(copy.counted().get(1).dropped()).isPositive();
  }

  // Law: the dropped values are the second half of a sorted list of all values.
  @Test
  void hotValuesDropTheLastInOrder() {
    HotValues hot = new HotValues(SCHEMA, 50);
    HotValues roomy = new HotValues(SCHEMA, 5_000);
    SplittableRandom random = new SplittableRandom(3);
    int distinct = 0;
    while (distinct < 2 * 50) {
      long id = random.nextLong(-200, 200);
      byte[] value = utf8("v" + id);
      hot.value(0, id, value, 0, value.length);
      roomy.value(0, id, value, 0, value.length);
      distinct = roomy.top(0, 5_000).size();
    }
    assertThat(hot.counted().get(0).values()).isEqualTo(roomy.top(0, 50));
    assertThat(hot.counted().get(0).dropped()).isEqualTo(roomy.top(0, 51).get(50).count());
  }

  // The most frequent values survive any number of rare ones.
  @Test
  void hotValuesOutliveRareOnes() {
    HotValues hot = new HotValues(SCHEMA, 10);
    for (int i = 0; i < 5_000; i++) {
      byte[] rare = utf8("rare" + i);
      byte[] often = utf8("often" + i % 5);
      hot.value(0, IdEncoder.id("site", "rare" + i), rare, 0, rare.length);
      hot.value(0, IdEncoder.id("site", "often" + i % 5), often, 0, often.length);
    }
    assertThat(hot.top(0, 5)).allMatch(v -> v.value().startsWith("often"));
    long id = IdEncoder.id("site", "often3");
    assertThat(hot.describe(0, id)).isEqualTo("site=often3");
    assertThat(hot.describe(1, 255)).isEqualTo("tags=#00000000000000ff");
  }
}
