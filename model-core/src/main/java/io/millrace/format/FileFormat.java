package io.millrace.format;

import io.millrace.event.Reject;
import java.io.Serializable;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * The format of a file of events.
 *
 * @param text csv, tsv, jsonl or parquet
 * @param columns names of the columns of a file without a header; empty if the first line is the
 *     header, and for jsonl and parquet
 * @param separator text between cells, without quotes and line breaks; empty for jsonl and parquet
 * @param encoding encoding of the file's text, a name that Java knows
 */
public record FileFormat(TextFormat text, List<String> columns, String separator, String encoding)
    implements Serializable {

  private static final String UTF_8 = "utf-8";

  public FileFormat {
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
    encoding = canonical(encoding);
  }

  /** UTF-8, with the usual separator. */
  public FileFormat(TextFormat text, List<String> columns) {
    this(text, columns, text.separator(), UTF_8);
  }

  /** A file with a header, or jsonl; UTF-8, with the usual separator. */
  public static FileFormat of(TextFormat text) {
    return new FileFormat(text, List.of());
  }

  /** The encoding's name as messages and files write it, such as {@code iso-8859-1}. */
  private static String canonical(String encoding) {
    try {
      return Charset.forName(encoding).name().toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "encoding must be one that Java knows, such as utf-8, iso-8859-1, windows-1252 or utf-16,"
              + " but was '"
              + encoding
              + "'",
          e);
    }
  }

  /** Whether cells are between the separator that the type has by itself. */
  public boolean usualSeparator() {
    return separator.equals(text.separator());
  }

  /** This format for a file with a header. */
  public FileFormat withHeader() {
    return new FileFormat(text, List.of(), separator, encoding);
  }

  /** The separator as it is between the cells of a file that has become UTF-8. */
  public byte[] separatorBytes() {
    return separator.getBytes(StandardCharsets.UTF_8);
  }

  /** The rule for bytes that are not text in the encoding, as a message goes on after a noun. */
  public String encodingRule() {
    return encoding.equals(UTF_8)
        ? "must be UTF-8; if it has another encoding, set format.encoding, such as windows-1252"
        : "must be " + encoding + ", as format.encoding says";
  }
}
