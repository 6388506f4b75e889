package io.millrace.file;

import io.millrace.format.EventFileException;
import io.millrace.format.FileFormat;
import io.millrace.format.TextFormat;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Splits a stream into records: lines or, in CSV, runs of lines that quoted cells join.
 *
 * <p>A quote that is never closed does not consume the file: if the record does not end within the
 * limit, it ends at its first line break. A line over the limit is cut, and its rest is skipped.
 * Blank lines are no records. Memory is bounded by twice the limit.
 */
final class LineReader {

  private final InputStream in;
  private final String name;
  private final int limit;
  private final byte[] separator;
  private final boolean quotes;

  /** Holds the record: {@link #length} bytes at {@link #from}, without the line break. */
  byte[] buffer;

  int from;
  int length;
  private int next;
  private int end;
  private boolean exhausted;
  private boolean again;

  LineReader(InputStream in, String name, FileFormat format, int limit) {
    this.in = in;
    this.name = name;
    this.limit = limit;
    quotes = format.text() == TextFormat.CSV;
    separator = format.separatorBytes();
    buffer = new byte[2 * limit + 65_536];
  }

  /** Moves to the next record; false at the end of the file. */
  boolean read() throws EventFileException {
    if (again) {
      again = false;
      return true;
    }
    do {
      from = next;
      if (from == end && !more()) {
        return false;
      }
      readRecord();
    } while (length == 0);
    return true;
  }

  /** Makes the next {@link #read} return the same record once more. */
  void unread() {
    again = true;
  }

  private void readRecord() throws EventFileException {
    int stop = quotes ? quotedEnd() : -1;
    if (stop < 0) {
      stop = lineEnd();
    }
    boolean broken = stop < end;
    next = broken ? stop + 1 : stop;
    length = stop - from;
    if (length > limit && !broken && !exhausted) {
      length = limit + 1;
      skipLine();
    }
    if (length > 0 && length <= limit && buffer[from + length - 1] == '\r') {
      length--;
    }
  }

  /** End of the record if quotes are honoured, or -1 if a quote is not closed within the limit. */
  private int quotedEnd() throws EventFileException {
    boolean quoted = false;
    boolean cellStart = true;
    byte last = separator[separator.length - 1];
    int open = 0; // a separator cannot begin before it
    for (int i = 0; ; i++) {
      if (i > limit) {
        return -1;
      }
      if (from + i == end && !more()) {
        return quoted ? -1 : end;
      }
      byte b = buffer[from + i];
      if (b == '"' && (quoted || cellStart)) {
        quoted = !quoted;
        cellStart = !quoted; // so that a doubled quote opens again
        open = i + 1;
      } else if (!quoted) {
        if (b == '\n') {
          return from + i;
        }
        cellStart = b == last && separates(open, i + 1);
        open = cellStart ? i + 1 : open;
      }
    }
  }

  /** Whether the separator ends at {@code stop} and begins at {@code open} or after it. */
  private boolean separates(int open, int stop) {
    int n = separator.length;
    return n == 1
        || (stop - open >= n
            && Arrays.equals(buffer, from + stop - n, from + stop, separator, 0, n));
  }

  private int lineEnd() throws EventFileException {
    for (int i = 0; i <= limit + 1; i++) {
      if (from + i == end && !more()) {
        return end;
      }
      if (buffer[from + i] == '\n') {
        return from + i;
      }
    }
    for (int i = from + limit + 2; i < end; i++) {
      if (buffer[i] == '\n') {
        return i;
      }
    }
    return end;
  }

  /** Skips the rest of a line that is over the limit, and keeps its head. */
  private void skipLine() throws EventFileException {
    byte[] head = Arrays.copyOfRange(buffer, from, from + length);
    boolean found = false;
    while (!found) {
      from = end;
      if (!more()) {
        break;
      }
      int i = from;
      while (i < end && buffer[i] != '\n') {
        i++;
      }
      found = i < end;
      next = found ? i + 1 : end;
      end = found ? end : from;
    }
    keepHead(head);
  }

  /** Puts the head in front of the next bytes. */
  private void keepHead(byte[] head) {
    int rest = Math.max(0, end - next);
    byte[] bytes = new byte[Math.max(buffer.length, head.length + rest)];
    System.arraycopy(head, 0, bytes, 0, head.length);
    System.arraycopy(buffer, Math.min(next, end), bytes, head.length, rest);
    buffer = bytes;
    from = 0;
    next = head.length;
    end = head.length + rest;
  }

  /**
   * Reads more bytes, and moves the open record to the buffer's start if needed; false at the end.
   */
  private boolean more() throws EventFileException {
    if (exhausted) {
      return false;
    }
    if (end == buffer.length || from == end) {
      System.arraycopy(buffer, from, buffer, 0, end - from);
      end -= from;
      next = Math.max(0, next - from);
      from = 0;
    }
    try {
      int n = in.read(buffer, end, buffer.length - end);
      exhausted = n < 0;
      end += Math.max(0, n);
      return !exhausted;
    } catch (EventFileException e) {
      throw e;
    } catch (IOException e) {
      throw new EventFileException(name + " cannot be read: " + e.getMessage(), e);
    }
  }
}
