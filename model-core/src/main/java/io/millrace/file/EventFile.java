package io.millrace.file;

import io.millrace.event.Decoded;
import io.millrace.event.DidYouMean;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import io.millrace.format.EventDecoder;
import io.millrace.format.EventFileException;
import io.millrace.format.EventRow;
import io.millrace.format.FileFormat;
import io.millrace.format.SeparatorHint;
import io.millrace.format.TextFormat;
import io.millrace.format.TextRow;
import io.millrace.format.ValueListener;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
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
  private static final byte[] NO_LINE = {};

  private final PackedBytes bytes;
  private final LineReader lines;
  private final EventRow.Source source;
  private final EventDecoder decoder;
  private final List<String> notes = new ArrayList<>();
  private long row;

  private EventFile(
      PackedBytes bytes, LineReader lines, EventRow.Source source, EventDecoder decoder) {
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
      Path path, FileFormat format, Schema schema, EventLimits limits, ValueListener listener)
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
      FileFormat format,
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
      EventFile file =
          new EventFile(bytes, lines, new EventRow.Source(name, rowsBefore, columns), decoder);
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
  private static InputStream text(PackedBytes bytes, String name, FileFormat format)
      throws IOException {
    InputStream in = EncodedText.utf8(bytes.in, name, format.encoding());
    probe(name, in, format);
    return in;
  }

  /**
   * Checks that the first bytes are text: without control characters other than tabs, line breaks
   * and the separator.
   */
  private static void probe(String path, InputStream in, FileFormat format) throws IOException {
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

  private static List<String> header(String path, FileFormat format, LineReader lines)
      throws EventFileException {
    TextRow cells = new TextRow(format);
    if (!lines.read()) {
      throw new EventFileException(path + " must start with a header but has only blank lines");
    }
    String fault = cells.split(lines.buffer, lines.from, lines.length);
    if (fault == null && !TextRow.isUtf8(lines.buffer, lines.from, lines.length)) {
      fault = "it " + format.encodingRule();
    }
    if (fault != null) {
      throw new EventFileException(
          path + " must start with a " + format.text().key() + " header but does not: " + fault);
    }
    return cells.texts();
  }

  private static void checkColumns(
      String path, Schema schema, FileFormat format, List<String> columns)
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

  private static String hint(String column, List<String> columns, FileFormat format) {
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
  public EventRow next() throws EventFileException {
    return next(true);
  }

  /** The next row, or null at the end; without {@code keepLine} its line is left empty. */
  public EventRow next(boolean keepLine) throws EventFileException {
    if (!lines.read()) {
      return null;
    }
    Decoded decoded =
        decoder.decode(lines.buffer, lines.from, lines.length, source.rowsBefore() + row);
    byte[] line =
        keepLine
            ? Arrays.copyOfRange(lines.buffer, lines.from, lines.from + lines.length)
            : NO_LINE;
    return new EventRow(row++, decoded, line, source);
  }

  /**
   * Share of the file's bytes that has been read, 0 to 1. Buffers make it run ahead of the rows.
   */
  public double part() {
    return bytes.part();
  }

  /** What its rows share. */
  EventRow.Source source() {
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
