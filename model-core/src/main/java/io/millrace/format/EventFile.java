package io.millrace.format;

import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads a file of events row by row: csv, tsv or jsonl; plain, gzip or zstd (recognised by its
 * first bytes); or Parquet, whose rows become lines of JSON.
 *
 * <p>A bad row is a {@link Reject}, and reading continues. A file that cannot hold events (absent,
 * empty, binary, without a column of the schema) is an {@link EventFileException}. Memory does not
 * grow with the file.
 */
public final class EventFile implements Closeable {

  private static final int PROBE = 8192;

  /**
   * The format of a file.
   *
   * @param text csv, tsv, jsonl or parquet
   * @param columns names of the columns of a file without a header; empty if the first line is the
   *     header, and for jsonl and parquet
   * @param separator text between cells, without quotes and line breaks; empty for jsonl and
   *     parquet
   * @param encoding encoding of the file's text, a name that Java knows
   */
  public record Format(TextFormat text, List<String> columns, String separator, String encoding)
      implements Serializable {
    public Format {
      columns = List.copyOf(columns);
      if (!text.delimited() && !columns.isEmpty()) {
        throw new IllegalArgumentException(
            "columns must be empty for " + text.key() + " but was " + columns);
      }
      if (!text.delimited() && !separator.isEmpty()) {
        throw new IllegalArgumentException(
            "separator is for csv and tsv, but type was " + text.key());
      }
      if (text.delimited() && (separator.isEmpty() || separator.matches("(?s).*[\"\r\n].*"))) {
        throw new IllegalArgumentException(
            "separator must be a text without quotes and line breaks, such as ';', but was "
                + Reject.show(separator));
      }
      encoding = EncodedText.canonical(encoding);
    }

    /** UTF-8, with the usual separator. */
    public Format(TextFormat text, List<String> columns) {
      this(text, columns, text.separator(), "utf-8");
    }

    /** A file with a header, or jsonl; UTF-8, with the usual separator. */
    public static Format of(TextFormat text) {
      return new Format(text, List.of());
    }

    /** Whether cells are between the separator that the type has by itself. */
    public boolean usualSeparator() {
      return separator.equals(text.separator());
    }

    /** This format for a file with a header. */
    public Format withHeader() {
      return new Format(text, List.of(), separator, encoding);
    }

    byte[] separatorBytes() {
      return separator.getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * A row of the file.
   *
   * @param row its 0-based number among the data rows; bad rows count, blank lines do not
   * @param decoded the event, or the reject
   * @param line the row as UTF-8, without the line break; a longer row is cut one byte after the
   *     limit; empty if the lines are not kept
   * @param source the file
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  public record Row(long row, Decoded decoded, byte[] line, Source source) {

    /** Its 0-based number among the rows of all files, where files are read one after the other. */
    public long position() {
      return source.rowsBefore() + row;
    }
  }

  /**
   * What rows of one file share.
   *
   * @param name the file, as messages name it
   * @param rowsBefore rows of the files that are read before it; 0 where files are merged by time
   * @param columns names of the file's columns, from its header, its footer or the format; empty
   *     for jsonl
   */
  public record Source(String name, long rowsBefore, List<String> columns) {
    public Source {
      columns = List.copyOf(columns);
    }
  }

  private static final byte[] NO_LINE = {};

  private final PackedBytes bytes;
  private final LineReader lines;
  private final Source source;
  private final EventDecoder decoder;
  private final List<String> notes = new ArrayList<>();
  private long row;

  private EventFile(PackedBytes bytes, LineReader lines, Source source, EventDecoder decoder) {
    this.bytes = bytes;
    this.lines = lines;
    this.source = source;
    this.decoder = decoder;
  }

  /**
   * Opens a file and reads its header.
   *
   * @param listener receives the raw values of accepted events
   */
  public static EventFile open(
      Path path, Format format, Schema schema, EventLimits limits, ValueListener listener)
      throws EventFileException {
    return open(EventInput.of(path), 0, format, schema, limits, listener);
  }

  /**
   * Opens an input and reads its header.
   *
   * @param rowsBefore rows of the files before it, from which a made-up clock counts on
   */
  static EventFile open(
      EventInput input,
      long rowsBefore,
      Format format,
      Schema schema,
      EventLimits limits,
      ValueListener listener)
      throws EventFileException {
    String name = input.name();
    PackedBytes bytes = null;
    try {
      boolean parquet = format.text() == TextFormat.PARQUET;
      bytes = parquet ? PackedBytes.parquet(input, schema) : PackedBytes.open(input);
      InputStream in = parquet ? bytes.in : text(bytes, name, format);
      LineReader lines = new LineReader(in, name, format, limits.maxRecordBytes());
      List<String> columns = parquet ? bytes.columns : format.columns();
      if (format.text().delimited() && columns.isEmpty()) {
        columns = header(name, format, lines);
      }
      if (format.text() != TextFormat.JSONL) {
        checkColumns(name, schema, format, columns);
      }
      EventDecoder decoder =
          format.text().delimited()
              ? EventDecoder.text(schema, limits, format, columns, listener)
              : EventDecoder.json(schema, limits, listener);
      EventFile file = new EventFile(bytes, lines, new Source(name, rowsBefore, columns), decoder);
      if (RepeatedHeader.skip(name, format, lines)) {
        file.notes.add(
            name + ": its first row repeats format.columns and is left out, as it is a header");
      }
      return file;
    } catch (IOException e) {
      closeQuietly(bytes);
      throw e instanceof EventFileException known
          ? known
          : new EventFileException(name + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static void closeQuietly(Closeable in) {
    try {
      if (in != null) {
        in.close();
      }
    } catch (IOException e) {
      // The first error is the one to report.
    }
  }

  /** The file's text as UTF-8. */
  private static InputStream text(PackedBytes bytes, String name, Format format)
      throws IOException {
    InputStream in = EncodedText.utf8(bytes.in, name, format.encoding());
    probe(name, in, format);
    return in;
  }

  /**
   * Checks that the first bytes are text: without control characters other than tabs, line breaks
   * and the separator.
   */
  private static void probe(String path, InputStream in, Format format) throws IOException {
    in.mark(PROBE);
    byte[] head = in.readNBytes(PROBE);
    in.reset();
    if (head.length == 0) {
      throw new EventFileException(path + " must hold events but is empty");
    }
    for (int i = 0; i < head.length; i++) {
      int b = head[i];
      if (b >= 0 && b < ' ' && "\t\n\r\f".indexOf(b) < 0 && format.separator().indexOf(b) < 0) {
        throw notText(path, head, i);
      }
    }
    if (head.length > 3 && head[0] == (byte) 0xEF && head[1] == (byte) 0xBB) {
      in.skipNBytes(3); // byte order mark
    }
  }

  private static EventFileException notText(String path, byte[] head, int offset) {
    String known = Packing.describe(head);
    String what =
        known != null
            ? known
            : String.format(
                "has the byte 0x%02X at offset %d%s",
                head[offset], offset, EncodedText.advice(head, offset));
    return new EventFileException(
        path + " must be text (csv, tsv or jsonl; plain, gzip or zstd) but " + what);
  }

  private static List<String> header(String path, Format format, LineReader lines)
      throws EventFileException {
    TextRow cells = new TextRow(format);
    if (!lines.read()) {
      throw new EventFileException(path + " must start with a header but has only blank lines");
    }
    String fault = cells.split(lines.buffer, lines.from, lines.length);
    if (fault == null && !TextEventDecoder.isUtf8(lines.buffer, lines.from, lines.length)) {
      fault = "it " + EncodedText.rule(format.encoding());
    }
    if (fault != null) {
      throw new EventFileException(
          path + " must start with a " + format.text().key() + " header but does not: " + fault);
    }
    List<String> columns = new ArrayList<>();
    for (int c = 0; c < cells.cells(); c++) {
      columns.add(new String(cells.bytes, cells.from(c), cells.length(c), StandardCharsets.UTF_8));
    }
    return columns;
  }

  private static void checkColumns(String path, Schema schema, Format format, List<String> columns)
      throws EventFileException {
    for (String column : schema.columns()) {
      long there = columns.stream().filter(column::equals).count();
      if (there == 0 && !schema.mayLack(column)) {
        throw new EventFileException(
            path
                + " must have the column '"
                + column
                + "' but its header has "
                + shorten(columns)
                + hint(column, columns, format));
      }
      if (there > 1) {
        throw new EventFileException(
            path + " must have the column '" + column + "' once but has it " + there + " times");
      }
    }
  }

  private static String hint(String column, List<String> columns, Format format) {
    String separator =
        columns.size() == 1 ? SeparatorHint.of(columns.get(0), format.separator()) : "";
    return separator.isEmpty() ? DidYouMean.among(column, columns) : separator;
  }

  private static String shorten(List<String> columns) {
    int most = 12;
    return columns.size() <= most
        ? columns.toString()
        : columns.subList(0, most) + " and " + (columns.size() - most) + " more";
  }

  /** The next row with its line, or null at the end. */
  public Row next() throws EventFileException {
    return next(true);
  }

  /** The next row, or null at the end; without {@code keepLine} its line is left empty. */
  public Row next(boolean keepLine) throws EventFileException {
    if (!lines.read()) {
      return null;
    }
    Decoded decoded =
        decoder.decode(lines.buffer, lines.from, lines.length, source.rowsBefore() + row);
    byte[] line =
        keepLine
            ? Arrays.copyOfRange(lines.buffer, lines.from, lines.from + lines.length)
            : NO_LINE;
    return new Row(row++, decoded, line, source);
  }

  /**
   * Share of the file's bytes that has been read, 0 to 1. Buffers make it run ahead of the rows.
   */
  public double part() {
    return bytes.part();
  }

  /** What its rows share. */
  Source source() {
    return source;
  }

  /** Rows that have been read, bad ones included. */
  long rows() {
    return row;
  }

  /** Sentences on the file that a user must read; complete after the last row. */
  public List<String> notes() {
    List<String> all = new ArrayList<>(notes);
    all.addAll(bytes.notes());
    return all;
  }

  @Override
  public void close() throws IOException {
    bytes.close();
  }
}
