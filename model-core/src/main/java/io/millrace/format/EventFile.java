package io.millrace.format;

import io.millrace.event.Decoded;
import io.millrace.event.EventLimits;
import io.millrace.event.Reject;
import io.millrace.event.Schema;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Reads a file of events row by row: csv, tsv or jsonl, plain or gzipped (recognised by its first
 * bytes).
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
   * @param text csv, tsv or jsonl
   * @param columns names of the columns of a file without a header; empty if the first line is the
   *     header, and for jsonl
   * @param separator text between cells, without quotes and line breaks; empty for jsonl
   * @param encoding encoding of the file's text, a name that Java knows
   */
  public record Format(TextFormat text, List<String> columns, String separator, String encoding)
      implements Serializable {
    public Format {
      columns = List.copyOf(columns);
      if (text == TextFormat.JSONL && !columns.isEmpty()) {
        throw new IllegalArgumentException("columns must be empty for jsonl but was " + columns);
      }
      if (text == TextFormat.JSONL && !separator.isEmpty()) {
        throw new IllegalArgumentException("separator is for csv and tsv, but type was jsonl");
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
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  public record Row(long row, Decoded decoded, byte[] line) {}

  private static final byte[] NO_LINE = {};

  private final InputStream in;
  private final Counted raw;
  private final LineReader lines;
  private final List<String> columns;
  private final EventDecoder decoder;
  private final List<String> notes = new ArrayList<>();
  private long row;

  private EventFile(
      InputStream in, Counted raw, LineReader lines, List<String> columns, EventDecoder decoder) {
    this.in = in;
    this.raw = raw;
    this.lines = lines;
    this.columns = columns;
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
    InputStream in = null;
    try {
      check(path);
      Counted raw = new Counted(path);
      in = stream(path, raw, format);
      LineReader lines = new LineReader(in, path.toString(), format, limits.maxRecordBytes());
      List<String> columns = format.columns();
      if (format.text().delimited()) {
        columns = columns.isEmpty() ? header(path, format, lines) : columns;
        checkColumns(path, schema, format, columns);
      }
      EventDecoder decoder =
          format.text().delimited()
              ? EventDecoder.text(schema, limits, format, columns, listener)
              : EventDecoder.json(schema, limits, listener);
      EventFile file = new EventFile(in, raw, lines, columns, decoder);
      if (RepeatedHeader.skip(path.toString(), format, lines)) {
        file.notes.add(
            path + ": its first row repeats format.columns and is left out, as it is a header");
      }
      return file;
    } catch (IOException e) {
      closeQuietly(in);
      throw e instanceof EventFileException known
          ? known
          : new EventFileException(path + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static void closeQuietly(InputStream in) {
    try {
      if (in != null) {
        in.close();
      }
    } catch (IOException e) {
      // The first error is the one to report.
    }
  }

  /** The bytes of a file as stored, before any decompression; counts those that were read. */
  private static final class Counted extends FilterInputStream {
    private final long size;
    private long read;

    Counted(Path path) throws IOException {
      super(Files.newInputStream(path));
      size = Files.size(path);
    }

    @Override
    public int read() throws IOException {
      int next = super.read();
      read += next < 0 ? 0 : 1;
      return next;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int n = super.read(bytes, from, length);
      read += Math.max(0, n);
      return n;
    }
  }

  private static void check(Path path) throws EventFileException {
    if (!Files.exists(path)) {
      throw new EventFileException(path + " must be a file but does not exist");
    }
    if (Files.isDirectory(path)) {
      throw new EventFileException(path + " must be a file but is a directory");
    }
  }

  /** The file's text, unzipped. */
  private static InputStream stream(Path path, Counted raw, Format format) throws IOException {
    InputStream in = new BufferedInputStream(raw, 1 << 16);
    try {
      in.mark(2);
      byte[] magic = in.readNBytes(2);
      in.reset();
      if (magic.length == 0) {
        throw new EventFileException(path + " must hold events but is empty");
      }
      if (magic.length == 2 && magic[0] == (byte) 0x1F && magic[1] == (byte) 0x8B) {
        in = new BufferedInputStream(new GZIPInputStream(in, 1 << 16), 1 << 16);
      }
      in = utf8(path, in, format);
      probe(path, in, format);
      return in;
    } catch (IOException e) {
      closeQuietly(in);
      throw e;
    }
  }

  private static InputStream utf8(Path path, InputStream in, Format format) throws IOException {
    try {
      return EncodedText.utf8(in, path.toString(), format.encoding());
    } catch (EOFException | ZipException e) {
      throw notWhole(path, e);
    }
  }

  private static EventFileException notWhole(Path path, IOException e) {
    return new EventFileException(
        path + " must be a whole gzip file but ends or breaks in the middle: " + e.getMessage(), e);
  }

  /**
   * Checks that the first bytes are text: without control characters other than tabs, line breaks
   * and the separator.
   */
  private static void probe(Path path, InputStream in, Format format) throws IOException {
    in.mark(PROBE);
    byte[] head;
    try {
      head = in.readNBytes(PROBE);
    } catch (EOFException | ZipException e) {
      throw notWhole(path, e);
    }
    in.reset();
    if (head.length == 0) {
      throw new EventFileException(path + " must hold events but is empty");
    }
    for (int i = 0; i < head.length; i++) {
      int b = head[i];
      if (b >= 0 && b < ' ' && "\t\n\r\f".indexOf(b) < 0 && format.separator().indexOf(b) < 0) {
        throw new EventFileException(
            String.format(
                "%s must be text (csv, tsv or jsonl, plain or gzipped) but has the byte 0x%02X at"
                    + " offset %d%s",
                path, b, i, EncodedText.advice(head, i)));
      }
    }
    if (head.length > 3 && head[0] == (byte) 0xEF && head[1] == (byte) 0xBB) {
      in.skipNBytes(3); // byte order mark
    }
  }

  private static List<String> header(Path path, Format format, LineReader lines)
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

  private static void checkColumns(Path path, Schema schema, Format format, List<String> columns)
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

  /** Names of the file's columns, from its header or the format; empty for jsonl. */
  public List<String> columns() {
    return List.copyOf(columns);
  }

  /**
   * What a user should know about the file although it can be read, a plain sentence each; complete
   * once the last row was read.
   */
  public List<String> notes() {
    return List.copyOf(notes);
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
    Decoded decoded = decoder.decode(lines.buffer, lines.from, lines.length, row);
    byte[] line =
        keepLine
            ? Arrays.copyOfRange(lines.buffer, lines.from, lines.from + lines.length)
            : NO_LINE;
    return new Row(row++, decoded, line);
  }

  /**
   * Share of the file's bytes that has been read, 0 to 1. Buffers make it run ahead of the rows.
   */
  public double part() {
    return raw.size == 0 ? 0 : Math.min(1, (double) raw.read / raw.size);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
