package io.millrace.file;

import io.millrace.format.EventFileException;
import io.millrace.format.FileFormat;
import io.millrace.format.TextRow;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/** Recognises a header in a file whose columns the job file names. */
final class RepeatedHeader {

  private RepeatedHeader() {}

  /**
   * Reads the first row if it is a header: the names of {@code format.columns} in their order,
   * whatever the case. Any other row is left to be read.
   *
   * @param name the file, for messages
   * @return whether there was a header
   * @throws EventFileException if the first row has these names in another order
   */
  static boolean skip(String name, FileFormat format, LineReader lines) throws EventFileException {
    if (format.columns().isEmpty() || !lines.read()) {
      return false;
    }
    List<String> first = lowerCase(cells(format, lines));
    List<String> columns = lowerCase(format.columns());
    if (first.equals(columns)) {
      return true;
    }
    if (columns.size() > 1
        && first.size() == columns.size()
        && new TreeSet<>(first).equals(new TreeSet<>(columns))) {
      throw new EventFileException(
          "%s must have the columns %s in this order, as format.columns says, but its first row is %s; remove format.columns to read the header"
              .formatted(name, format.columns(), cells(format, lines)));
    }
    lines.unread();
    return false;
  }

  private static List<String> cells(FileFormat format, LineReader lines) {
    TextRow row = new TextRow(format);
    return row.split(lines.buffer, lines.from, lines.length) == null ? row.texts() : List.of();
  }

  private static List<String> lowerCase(List<String> texts) {
    return texts.stream().map(text -> text.strip().toLowerCase(Locale.ROOT)).toList();
  }
}
