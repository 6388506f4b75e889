package io.millrace.file;

import static io.millrace.format.Rows.SCHEMA;
import static io.millrace.format.Rows.T;
import static io.millrace.format.Rows.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.ClickEvent;
import io.millrace.event.EventLimits;
import io.millrace.event.IdEncoder;
import io.millrace.event.Reject;
import io.millrace.format.EventFileException;
import io.millrace.format.EventRow;
import io.millrace.format.FileFormat;
import io.millrace.format.JsonEventWriter;
import io.millrace.format.Rows;
import io.millrace.format.TextFormat;
import io.millrace.format.ValueListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Law: separator, encoding and header change how a file is written, not the events in it. */
class TextFileTest {

  private static final List<String> CELLS =
      List.of("x", "a:b", "p;q|r\ts", "two\nlines", "say \"hi\"", "é", ":", "::", ":::");

  @TempDir Path dir;

  private static FileFormat format(TextFormat text, String separator, String encoding) {
    return new FileFormat(text, List.of(), separator, encoding);
  }

  private static FileFormat csv(String separator) {
    return format(TextFormat.CSV, separator, "utf-8");
  }

  private EventFile open(byte[] bytes, FileFormat format) throws IOException {
    Path path = Files.write(dir.resolve("e"), bytes);
    return EventFile.open(path, format, SCHEMA, EventLimits.DEFAULT, ValueListener.none());
  }

  private List<EventRow> read(byte[] bytes, FileFormat format) throws IOException {
    List<EventRow> rows = new ArrayList<>();
    try (EventFile file = open(bytes, format)) {
      for (EventRow row = file.next(); row != null; row = file.next()) {
        rows.add(row);
      }
    }
    return rows;
  }

  private void fails(byte[] bytes, FileFormat format, String message) {
    assertThatThrownBy(() -> open(bytes, format).close())
        .isInstanceOf(EventFileException.class)
        .hasMessage(dir.resolve("e") + message);
  }

  private static String quoted(String cell) {
    return '"' + cell.replace("\"", "\"\"") + '"';
  }

  /** A header and a row for each of {@link #CELLS} as the site. */
  private static String file(String separator) {
    StringBuilder text = new StringBuilder(String.join(separator, Rows.COLUMNS)).append('\n');
    for (String cell : CELLS) {
      List<String> row = List.of("" + T, "1", "3", "40", quoted(cell), "a", "");
      text.append(String.join(separator, row)).append('\n');
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {",", ";", "|", "\t", "::", ":", "\u0001", "¦", "ab"})
  void separatorsAreOnlyAWayToWrite(String separator) throws IOException {
    List<EventRow> rows = read(utf8(file(separator)), csv(separator));
    assertThat(rows).hasSize(CELLS.size());
    JsonEventWriter writer = new JsonEventWriter(SCHEMA, csv(separator));
    for (int i = 0; i < rows.size(); i++) {
      ClickEvent event = (ClickEvent) rows.get(i).decoded();
      assertThat(event.ids()[0]).isEqualTo(IdEncoder.id("site", CELLS.get(i)));
      Object sent = Rows.json(SCHEMA).decode(writer.write(rows.get(i)));
      assertThat(Rows.same(event, (ClickEvent) sent)).isTrue();
    }
  }

  // Found from the left, by the reader of lines too: the quote in ':"b' does not open a cell.
  @Test
  void longSeparatorsAreFoundFromTheLeft() throws IOException {
    String row = T + "::1::3::40::a:::\"b::c";
    List<EventRow> rows =
        read(utf8("ts::click::price::age::site::tags::note\n" + row + "\n" + row), csv("::"));
    assertThat(rows).hasSize(2);
    assertThat(((ClickEvent) rows.get(1).decoded()).ids())
        .containsExactly(IdEncoder.id("site", "a"), IdEncoder.id("tags", ":\"b"));
  }

  @Test
  void tsvReadsQuotesAsText() throws IOException {
    String text = String.join(";", Rows.COLUMNS) + "\n" + T + ";1;3;40;\"s\" t;a;\n";
    assertThat(((Reject) read(utf8(text), csv(";")).get(0).decoded()).message())
        .isEqualTo(
            "a quoted cell must end at its closing quote; format.type: tsv with format.separator"
                + " reads quotes as text");
    List<EventRow> rows = read(utf8(text), format(TextFormat.TSV, ";", "utf-8"));
    assertThat(((ClickEvent) rows.get(0).decoded()).ids()[0])
        .isEqualTo(IdEncoder.id("site", "\"s\" t"));
  }

  @Test
  void whatCannotSeparateIsRefused() {
    for (String separator : List.of("", "\"", "\n", "a\rb", ";\"")) {
      assertThatThrownBy(() -> csv(separator))
          .hasMessageStartingWith("separator must be a text without quotes and line breaks");
    }
    assertThatThrownBy(() -> format(TextFormat.JSONL, ";", "utf-8"))
        .hasMessage("separator is for csv and tsv, but type was jsonl");
  }

  @ParameterizedTest
  @ValueSource(strings = {";", "|", "\t", "::", ","})
  void anotherSeparatorIsProposed(String separator) throws IOException {
    String wrong = separator.equals(",") ? ";" : ",";
    String shown = separator.replace("\t", "\\t");
    fails(
        utf8(file(separator)),
        csv(wrong),
        " must have the column 'ts' but its header has ["
            + String.join(separator, Rows.COLUMNS)
            + "]; did you mean format.separator: '"
            + shown
            + "'?");
    FileFormat named = new FileFormat(TextFormat.CSV, Rows.COLUMNS, wrong, "utf-8");
    String line = String.join(separator, List.of("" + T, "1", "3", "40", "s", "a", ""));
    assertThat(((Reject) read(utf8(line), named).get(0).decoded()).message())
        .isEqualTo(
            "a row must have 7 cells but had 1; did you mean format.separator: '" + shown + "'?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"utf-8", "iso-8859-1", "windows-1252", "utf-16", "utf-16le", "utf-16be", "utf-32"})
  void encodingsAreOnlyAWayToWrite(String encoding) throws IOException {
    StringBuilder text = new StringBuilder(file(","));
    text.append("y".repeat(70_000)).append('\n'); // more than a buffer
    text.append(T).append(",1,3,40,ende,a,\n");
    byte[] bytes = text.toString().getBytes(Charset.forName(encoding));
    List<EventRow> rows = read(bytes, format(TextFormat.CSV, ",", encoding));
    List<EventRow> same = read(utf8(text.toString()), csv(","));
    assertThat(rows).hasSize(CELLS.size() + 2);
    for (int i = 0; i < rows.size(); i++) {
      assertThat(rows.get(i).line()).isEqualTo(same.get(i).line());
      assertThat(rows.get(i).decoded().getClass()).isEqualTo(same.get(i).decoded().getClass());
    }
  }

  // Bytes that are no text cost their row, and the reject says what to set.
  @Test
  void bytesThatAreNoTextCostOneRow() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(utf8(String.join(",", Rows.COLUMNS) + "\n" + T + ",1,3,40,caf"));
    bytes.write(0xE9);
    bytes.write(0x81); // é, and a byte that windows-1252 leaves undefined
    bytes.writeBytes(utf8(",a,\n" + T + ",1,3,40,s,a,\n"));
    List<EventRow> utf8 = read(bytes.toByteArray(), csv(","));
    assertThat(((Reject) utf8.get(0).decoded()).message())
        .isEqualTo(
            "a row must be UTF-8; if it has another encoding, set format.encoding, such as"
                + " windows-1252");
    assertThat(utf8.get(1).decoded()).isInstanceOf(ClickEvent.class);
    List<EventRow> windows = read(bytes.toByteArray(), format(TextFormat.CSV, ",", "windows-1252"));
    assertThat(((Reject) windows.get(0).decoded()).message())
        .isEqualTo("a row must be windows-1252, as format.encoding says");
    assertThat(windows.get(1).decoded()).isInstanceOf(ClickEvent.class);
    Reject json = (Reject) Rows.json(SCHEMA).decode(new byte[] {'{', '"', (byte) 0xE9, '"', '}'});
    assertThat(json.message())
        .isEqualTo("a record must be UTF-8; format.encoding names a file's encoding");
  }

  @Test
  void byteOrderMarksNameTheEncoding() throws IOException {
    String text = file(",");
    byte[] big = ("\uFEFF" + text).getBytes(StandardCharsets.UTF_16BE);
    byte[] little = ("\uFEFF" + text).getBytes(StandardCharsets.UTF_16LE);
    for (byte[] bytes : List.of(big, little)) {
      fails(
          bytes,
          csv(","),
          " must be utf-8 but starts with the byte order mark of utf-16; set format.encoding: utf-16");
      assertThat(read(bytes, format(TextFormat.CSV, ",", "UTF-16"))).hasSize(CELLS.size());
    }
    assertThat(read(little, format(TextFormat.CSV, ",", "utf-16le"))).hasSize(CELLS.size());
    fails(
        utf8("\uFEFF" + text),
        format(TextFormat.CSV, ",", "latin1"),
        " must be iso-8859-1 but starts with the byte order mark of utf-8; set format.encoding:"
            + " utf-8");
    fails(
        text.getBytes(StandardCharsets.UTF_16LE),
        csv(","),
        " must be text (csv, tsv or jsonl; plain, gzip or zstd) but has the byte 0x00 at offset 1; set"
            + " format.encoding: utf-16le");
    assertThatThrownBy(() -> format(TextFormat.CSV, ",", "utf-9"))
        .hasMessageEndingWith("but was 'utf-9'");
  }

  @Test
  void aHeaderThatRepeatsTheColumnsIsLeftOut() throws IOException {
    FileFormat named = new FileFormat(TextFormat.CSV, Rows.COLUMNS);
    String row = T + ",1,3,40,s,a,\n";
    for (String header :
        List.of("ts,click,price,age,site,tags,note", "\"TS\", Click,price,age,site,tags,note")) {
      try (EventFile file = open(utf8(header + "\n" + row), named)) {
        assertThat(file.next().row()).isZero();
        assertThat(file.next()).isNull();
        assertThat(file.notes())
            .containsExactly(
                dir.resolve("e")
                    + ": its first row repeats format.columns and is left out, as it is a header");
      }
    }
    try (EventFile file = open(utf8(row + row), named)) {
      assertThat(file.next().row()).isZero();
      assertThat(file.next().row()).isEqualTo(1);
      assertThat(file.next()).isNull();
      assertThat(file.notes()).isEmpty();
    }
    fails(
        utf8("ts,click,price,age,tags,site,note\n" + row),
        named,
        " must have the columns [ts, click, price, age, site, tags, note] in this order, as"
            + " format.columns says, but its first row is [ts, click, price, age, tags, site, note];"
            + " remove format.columns to read the header");
  }
}
