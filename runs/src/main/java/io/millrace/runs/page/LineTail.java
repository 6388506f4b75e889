package io.millrace.runs.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The lines of a growing file of JSON lines that a reader has not seen yet.
 *
 * <p>A cursor {@code OFFSET-CRC} says how far a reader is: the bytes read, and a checksum of the
 * last ones. A job that restarts truncates its files; if a cursor does not fit its file any more,
 * the reader starts from the beginning. A file that is much longer than an answer is read from near
 * its end.
 *
 * @param cursor for the next request; empty if there is no file
 * @param reset whether the reader must drop its earlier lines
 * @param more whether the file has further lines already
 * @param lines whole lines, each a JSON object; others are left out
 */
record LineTail(String cursor, boolean reset, boolean more, List<String> lines) {

  /** Most bytes of a file in one answer. */
  static final int MOST_BYTES = 8 << 20;

  /** The most bytes that a cursor's checksum covers. */
  private static final int CHECKED = 256;

  private static final Pattern CURSOR = Pattern.compile("(\\d{1,15})-([0-9a-f]{1,8})");
  private static final JsonFactory JSON = new JsonFactory();

  /**
   * Reads the lines after a cursor.
   *
   * @param cursor of the answer before; a new reader passes an empty text
   */
  static LineTail read(Path file, String cursor) throws IOException {
    if (!Files.exists(file)) {
      return new LineTail("", !cursor.isEmpty(), false, List.of());
    }
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      long from = position(in, cursor);
      boolean reset = from < 0;
      if (reset) {
        from = Math.max(0, in.length() - MOST_BYTES);
      }
      byte[] bytes = bytes(in, from, (int) Math.min(MOST_BYTES, in.length() - from));
      int first = reset && from > 0 ? after(bytes, '\n', 0) : 0;
      int end = lastLineEnd(bytes);
      long next = from + end;
      return new LineTail(
          next + "-" + checksum(in, next),
          reset,
          next < in.length() && bytes.length == MOST_BYTES,
          lines(bytes, Math.min(first, end), end));
    }
  }

  /** Offset of the cursor, or -1 if it does not fit the file. */
  private static long position(RandomAccessFile in, String cursor) throws IOException {
    Matcher matcher = CURSOR.matcher(cursor);
    if (!matcher.matches()) {
      return -1;
    }
    long at = Long.parseLong(matcher.group(1));
    return at <= in.length() && checksum(in, at).equals(matcher.group(2)) ? at : -1;
  }

  private static String checksum(RandomAccessFile in, long end) throws IOException {
    int length = (int) Math.min(CHECKED, end);
    CRC32 crc = new CRC32();
    crc.update(bytes(in, end - length, length));
    return Long.toHexString(crc.getValue());
  }

  private static byte[] bytes(RandomAccessFile in, long from, int length) throws IOException {
    byte[] bytes = new byte[length];
    in.seek(from);
    in.readFully(bytes);
    return bytes;
  }

  private static int after(byte[] bytes, char wanted, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == wanted) {
        return i + 1;
      }
    }
    return bytes.length;
  }

  private static int lastLineEnd(byte[] bytes) {
    for (int i = bytes.length; i > 0; i--) {
      if (bytes[i - 1] == '\n') {
        return i;
      }
    }
    return 0;
  }

  private static List<String> lines(byte[] bytes, int from, int end) {
    List<String> lines = new ArrayList<>();
    for (int at = from; at < end; ) {
      int next = after(bytes, '\n', at);
      String line = new String(bytes, at, next - 1 - at, UTF_8);
      if (isObject(line)) {
        lines.add(line);
      }
      at = next;
    }
    return lines;
  }

  /** The text without space around it if it is a JSON object, else an empty one. */
  static String object(String text) {
    return isObject(text) ? text.strip() : "";
  }

  private static boolean isObject(String line) {
    try (JsonParser parser = JSON.createParser(line)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return false;
      }
      parser.skipChildren();
      return parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() == null;
    } catch (IOException e) {
      return false;
    }
  }
}
