package io.millrace.format;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Splits a line of delimited text into cells.
 *
 * <p>In CSV a cell that starts with a double quote ends at the next quote that is not doubled. A
 * doubled quote stands for one quote; separators and line breaks inside the quotes are text (RFC
 * 4180). A quote elsewhere is text. TSV has no quoting. A separator of several characters is found
 * from the left: {@code a:::b} with {@code ::} is {@code a} and {@code :b}.
 */
public final class TextRow {

  private final byte[] separator;

  /** The separator's first byte, which alone decides if there is no other. */
  private final byte head;

  private final boolean single;
  private final boolean quotes;

  /** The cells' bytes, unquoted. */
  byte[] bytes = new byte[1024];

  private int[] from = new int[64];
  private int[] length = new int[64];
  private int cells;

  /**
   * Rows of a file of delimited text.
   *
   * @param format csv or tsv
   */
  public TextRow(FileFormat format) {
    separator = format.separatorBytes();
    head = separator[0];
    single = separator.length == 1;
    quotes = format.text() == TextFormat.CSV;
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

  /** A cell as text. */
  String text(int cell) {
    return new String(bytes, from[cell], length[cell], StandardCharsets.UTF_8);
  }

  /** The cells of the line that was split last, as text. */
  public List<String> texts() {
    return IntStream.range(0, cells).mapToObj(this::text).toList();
  }

  /** Splits the line, which is UTF-8; returns the rule that it breaks, or null. */
  public String split(byte[] line, int start, int size) {
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
        if (i < end && !separates(line, i, end)) {
          return "a quoted cell must end at its closing quote; format.type: tsv with"
              + " format.separator reads quotes as text";
        }
      } else {
        while (i < end && (line[i] != head || !separates(line, i, end))) {
          bytes[used++] = line[i++];
        }
      }
      add(cellStart, used - cellStart);
      if (i == end) {
        return null;
      }
      i += separator.length;
    }
  }

  /** Whether the separator is at {@code i}. */
  private boolean separates(byte[] line, int i, int end) {
    return line[i] == head
        && (single
            || (end - i >= separator.length
                && Arrays.equals(line, i, i + separator.length, separator, 0, separator.length)));
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

  /** Whether the bytes are UTF-8; allocates nothing for ASCII. */
  public static boolean isUtf8(byte[] buffer, int from, int length) {
    int i = from;
    while (i < from + length && buffer[i] >= 0) {
      i++;
    }
    if (i == from + length) {
      return true;
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(buffer, i, from + length - i));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
