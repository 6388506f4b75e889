package io.millrace.format;

import java.util.Arrays;

/**
 * Splits a line of delimited text into cells.
 *
 * <p>In CSV a cell that starts with a double quote ends at the next quote that is not doubled. A
 * doubled quote stands for one quote; delimiters and line breaks inside the quotes are text (RFC
 * 4180). A quote elsewhere is text. TSV has no quoting.
 */
final class TextRow {

  private final byte delimiter;
  private final boolean quotes;

  /** The cells' bytes, unquoted. */
  byte[] bytes = new byte[1024];

  private int[] from = new int[64];
  private int[] length = new int[64];
  private int cells;

  TextRow(TextFormat format) {
    delimiter = format.delimiter();
    quotes = format == TextFormat.CSV;
  }

  int cells() {
    return cells;
  }

  int from(int cell) {
    return from[cell];
  }

  int length(int cell) {
    return length[cell];
  }

  /** Splits the line; returns the rule that it breaks, or null. */
  String split(byte[] line, int start, int size) {
    if (bytes.length < size) {
      bytes = new byte[Math.max(size, 2 * bytes.length)];
    }
    cells = 0;
    int used = 0;
    int end = start + size;
    int i = start;
    while (true) {
      int cellStart = used;
      if (quotes && i < end && line[i] == '"') {
        i++;
        while (i < end && (line[i] != '"' || (i + 1 < end && line[i + 1] == '"'))) {
          i += line[i] == '"' ? 1 : 0;
          bytes[used++] = line[i++];
        }
        if (i == end) {
          return "a cell that opens with a quote must be closed";
        }
        i++;
        if (i < end && line[i] != delimiter) {
          return "a quoted cell must end at its closing quote";
        }
      } else {
        while (i < end && line[i] != delimiter) {
          bytes[used++] = line[i++];
        }
      }
      add(cellStart, used - cellStart);
      if (i == end) {
        return null;
      }
      i++;
    }
  }

  private void add(int start, int size) {
    if (cells == from.length) {
      from = Arrays.copyOf(from, 2 * cells);
      length = Arrays.copyOf(length, 2 * cells);
    }
    from[cells] = start;
    length[cells] = size;
    cells++;
  }
}
