package io.millrace.file;

import static io.millrace.format.Rows.SCHEMA;
import static io.millrace.format.Rows.T;
import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.event.TimeColumn;
import io.millrace.format.EventDecoder;
import io.millrace.format.EventRow;
import io.millrace.format.FileFormat;
import io.millrace.format.JsonEventWriter;
import io.millrace.format.Rows;
import io.millrace.format.TextFormat;
import io.millrace.format.ValueListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrderedEventsTest {

  private static final String HEADER = "ts,click,price,age,site,tags,note\n";
  private static final FileFormat CSV = FileFormat.of(TextFormat.CSV);

  @TempDir Path dir;

  private int files;

  private EventInput file(String... rows) throws IOException {
    return EventInput.of(
        Files.writeString(dir.resolve("f" + files++ + ".csv"), HEADER + String.join("", rows)));
  }

  /** Event {@code i}, which happens {@code i} ms after the first. */
  private static String row(int i) {
    return (T + i) + "," + i % 2 + "," + i + ",,s" + i + ",a|b,\n";
  }

  private record Read(List<EventRow> rows, boolean inMemory, List<String> notes) {
    /** Times after the first event; -1 for a reject. */
    List<Long> times() {
      return rows.stream()
          .map(row -> row.decoded() instanceof ClickEvent event ? event.eventTime() - T : -1L)
          .toList();
    }
  }

  private static Read read(Schema schema, EventInput... inputs) throws IOException {
    List<EventRow> rows = new ArrayList<>();
    try (OrderedEvents events =
        OrderedEvents.open(
            List.of(inputs), CSV, schema, EventLimits.DEFAULT, true, ValueListener.none())) {
      double part = 0;
      for (EventRow row = events.next(); row != null; row = events.next()) {
        rows.add(row);
        assertThat(events.part()).isBetween(part, 1.);
        part = events.part();
      }
      assertThat(events.part()).isEqualTo(1);
      return new Read(rows, events.sortedInMemory(), events.notes());
    }
  }

  // A log with distinct times, divided among k files at random, each file in order, given in any
  // order, is the log.
  @Test
  void aLogInPiecesIsTheLog() throws IOException {
    int n = 500;
    List<Long> expected = read(SCHEMA, file(rows(0, n))).times();
    for (int seed = 0; seed < 12; seed++) {
      Random random = new Random(seed);
      int k = 1 + random.nextInt(9);
      List<StringBuilder> pieces = new ArrayList<>();
      for (int p = 0; p < k; p++) {
        pieces.add(new StringBuilder());
      }
      for (int i = 0; i < n; i++) {
        // even seeds: pieces that follow each other; odd ones: pieces that overlap
        pieces.get(seed % 2 == 0 ? i * k / n : random.nextInt(k)).append(row(i));
      }
      List<EventInput> inputs = new ArrayList<>();
      for (StringBuilder piece : pieces) {
        inputs.add(file(piece.toString()));
      }
      Collections.shuffle(inputs, random);
      Read read = read(SCHEMA, inputs.toArray(EventInput[]::new));
      assertThat(read.inMemory()).isFalse();
      assertThat(read.times()).as("seed %s", seed).isEqualTo(expected);
    }
  }

  private static String[] rows(int from, int to) {
    List<String> rows = new ArrayList<>();
    for (int i = from; i < to; i++) {
      rows.add(row(i));
    }
    return rows.toArray(String[]::new);
  }

  // Equal times come in the order of files and rows, merged or sorted in memory.
  @Test
  void equalTimesKeepTheOrderGiven() throws IOException {
    EventInput a = file(row(1), row(2), row(2), row(5));
    EventInput b = file(row(2), row(3), row(5));
    EventInput unordered = file(row(5), row(0));
    assertThat(places(read(SCHEMA, a, b)))
        .containsExactly("f0:0", "f0:1", "f0:2", "f1:0", "f1:1", "f0:3", "f1:2");
    assertThat(places(read(SCHEMA, b, a)))
        .containsExactly("f0:0", "f1:0", "f0:1", "f0:2", "f1:1", "f1:2", "f0:3");
    Read sorted = read(SCHEMA, b, unordered, a);
    assertThat(sorted.inMemory()).isTrue();
    assertThat(places(sorted))
        .containsExactly("f2:1", "f0:0", "f1:0", "f0:1", "f0:2", "f1:1", "f1:2", "f2:0", "f0:3");
  }

  private static List<String> places(Read read) {
    return read.rows().stream()
        .map(row -> row.source().name().replaceAll(".*/(f\\d+).csv", "$1") + ":" + row.row())
        .toList();
  }

  // No row is lost, whichever way files are read: rejects count, and name their file and row.
  @Test
  void rejectsKeepTheirPlace() throws IOException {
    EventInput a = file("bad\n", row(1), "bad\n", row(4), "bad\n");
    EventInput b = file(row(2), "bad\n");
    EventInput c = file("bad\n");
    assertThat(places(read(SCHEMA, a, b, c)))
        .containsExactly("f0:0", "f0:1", "f0:2", "f1:0", "f1:1", "f0:3", "f0:4", "f2:0");
    assertThat(places(read(SCHEMA, a))).containsExactly("f0:0", "f0:1", "f0:2", "f0:3", "f0:4");
    EventInput unordered = file(row(9), "bad\n", row(0), "bad\n");
    assertThat(places(read(SCHEMA, b, unordered, c)))
        .containsExactly("f3:1", "f3:2", "f1:0", "f3:0", "f1:1", "f3:3", "f2:0");
  }

  // More files at once than may be open are sorted in memory, with the same result.
  @Test
  void manyFilesThatOverlap() throws IOException {
    EventInput[] inputs = new EventInput[70];
    List<Long> expected = new ArrayList<>();
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = file(row(i), row(1000 + i));
    }
    for (int i = 0; i < 70; i++) {
      expected.add((long) i);
    }
    for (int i = 0; i < 70; i++) {
      expected.add(1000L + i);
    }
    Read read = read(SCHEMA, inputs);
    assertThat(read.inMemory()).isTrue();
    assertThat(read.times()).isEqualTo(expected);
    Read fewer = read(SCHEMA, Arrays.copyOf(inputs, 64));
    assertThat(fewer.inMemory()).isFalse();
    assertThat(fewer.times()).isSorted().hasSize(128);
  }

  // Without times, files come in the order given, and the clock counts the rows of all of them; a
  // record for a topic carries the same time.
  @Test
  void aMadeUpClockCountsOn() throws IOException {
    Schema clocked =
        new Schema(
            SCHEMA.dense(), SCHEMA.fields(), SCHEMA.label(), new TimeColumn.MadeUp(86_400, T));
    Read read = read(clocked, file(row(7), "bad\n"), file(row(3)), file(row(9), row(1)));
    assertThat(read.times()).containsExactly(0L, -1L, 2000L, 3000L, 4000L);
    JsonEventWriter json = new JsonEventWriter(clocked, CSV);
    EventDecoder decoder = Rows.json(clocked);
    for (EventRow row : read.rows()) {
      if (row.decoded() instanceof ClickEvent event) {
        assertThat(Rows.same(event, (ClickEvent) decoder.decode(json.write(row)))).isTrue();
      }
    }
  }

  // Each file has a header of its own: columns in another order, or columns that nobody reads.
  @Test
  void headersMayDiffer() throws IOException {
    EventInput other =
        EventInput.of(
            Files.writeString(
                dir.resolve("other.csv"),
                "site,extra,click,ts,tags,age,price\ns1,?,1," + (T + 1) + ",a|b,,1\n"));
    List<EventRow> rows = read(SCHEMA, file(row(0), row(1)), other).rows();
    assertThat(rows).hasSize(3);
    ClickEvent event = (ClickEvent) rows.get(1).decoded();
    assertThat(Rows.same(event, (ClickEvent) rows.get(2).decoded())).isTrue();
    JsonEventWriter json = new JsonEventWriter(SCHEMA, CSV);
    for (EventRow row : rows.subList(1, 3)) {
      assertThat(Rows.same(event, (ClickEvent) Rows.json(SCHEMA).decode(json.write(row)))).isTrue();
    }
  }

  // A file that lacks a column is found before the first row is used.
  @Test
  void everyHeaderIsCheckedFirst() throws IOException {
    EventInput first = file(row(0));
    EventInput wrong = EventInput.of(Files.writeString(dir.resolve("wrong.csv"), "a,b\n1,2\n"));
    assertThatThrownBy(
            () ->
                EventFiles.open(
                    List.of(first, wrong),
                    CSV,
                    SCHEMA,
                    EventLimits.DEFAULT,
                    false,
                    ValueListener.none()))
        .hasMessageStartingWith(wrong.name() + " must have the column ");
  }

  // A note of any file reaches the end, whichever way files are read.
  @Test
  void notesArePassedOn() throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(zipped)) {
      zip.write(utf8(HEADER + row(2) + row(3)));
    }
    zipped.writeBytes(utf8("rest"));
    Path path = Files.write(dir.resolve("z.csv.gz"), zipped.toByteArray());
    EventInput packed = EventInput.of(path);
    EventInput late = file(row(9));
    for (List<EventInput> inputs :
        List.of(
            List.of(packed),
            List.of(packed, late),
            List.of(late, packed),
            List.of(file(row(7), row(1)), packed))) {
      assertThat(read(SCHEMA, inputs.toArray(EventInput[]::new)).notes())
          .singleElement()
          .asString()
          .startsWith(path + ": the last 4 bytes");
    }
  }

  // What can be read once is read once.
  @Test
  void aStreamIsReadOnce() throws IOException {
    EventInput once =
        EventInput.once(
            "standard input", Files.newInputStream(Path.of(file(row(0), "bad\n").name())));
    try (EventFiles files =
        EventFiles.open(
            List.of(once), CSV, SCHEMA, EventLimits.DEFAULT, false, ValueListener.none())) {
      assertThat(files.next().decoded()).isInstanceOf(ClickEvent.class);
      assertThat(files.next().decoded()).isInstanceOf(Reject.class);
      assertThat(files.next()).isNull();
    }
    assertThatThrownBy(() -> read(SCHEMA, once))
        .hasMessage("standard input can be read once but is needed again; give a file");
  }
}
