package io.millrace.file;

import io.millrace.format.EventFileException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Text in any encoding as a stream of UTF-8.
 *
 * <p>Bytes that are not text in the encoding become one byte 0xFF, which UTF-8 never has: the row
 * that holds it becomes a reject, and reading goes on.
 */
final class EncodedText extends InputStream {

  private static final String UTF_8 = "utf-8";
  private static final int CHUNK = 1 << 14;

  private final InputStream in;
  private final CharsetDecoder decoder;
  private final ByteBuffer encoded = ByteBuffer.allocate(CHUNK).flip();
  private final CharBuffer chars = CharBuffer.allocate(CHUNK);
  private byte[] out = {};
  private int taken;
  private boolean inEnded;
  private boolean ended;

  private EncodedText(InputStream in, Charset charset) {
    this.in = in;
    decoder =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
  }

  /**
   * The text of {@code in} as UTF-8; can be marked.
   *
   * @param in the encoded text; can be marked
   * @param name the file, for messages
   * @throws EventFileException if a byte order mark shows that the encoding is another one
   */
  static InputStream utf8(InputStream in, String name, String encoding) throws IOException {
    in.mark(4);
    byte[] head = in.readNBytes(4);
    in.reset();
    String marked = byteOrderMark(head);
    if (!marked.isEmpty() && !encoding.startsWith(marked)) {
      throw new EventFileException(
          "%s must be %s but starts with the byte order mark of %s; set format.encoding: %s"
              .formatted(name, encoding, marked, marked));
    }
    return encoding.equals(UTF_8)
        ? in
        : new BufferedInputStream(new EncodedText(in, Charset.forName(encoding)), 1 << 16);
  }

  /** The encoding whose byte order mark the text starts with, or the empty text. */
  private static String byteOrderMark(byte[] head) {
    int first = unit(head, 0);
    if (first == 0xEFBB && (unit(head, 2) & 0xFF00) == 0xBF00) {
      return UTF_8;
    }
    if ((first == 0xFFFE && head.length == 4 && unit(head, 2) == 0)
        || (first == 0 && unit(head, 2) == 0xFEFF)) {
      return "utf-32";
    }
    return first == 0xFFFE || first == 0xFEFF ? "utf-16" : "";
  }

  private static int unit(byte[] head, int at) {
    return at + 1 < head.length
        ? (head[at] & 0xFF) << 8 | head[at + 1] & 0xFF
        : at < head.length ? (head[at] & 0xFF) << 8 : -1;
  }

  /** What to do about the first control character {@code head[at]}, if it is one of UTF-16. */
  static String advice(byte[] head, int at) {
    boolean wide = head[at] == 0 && at < 2 && at + 2 < head.length && head[at + 2] == 0;
    return wide ? "; set format.encoding: " + (at == 0 ? "utf-16be" : "utf-16le") : "";
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    while (taken == out.length && !ended) {
      fill();
    }
    int n = Math.min(length, out.length - taken);
    System.arraycopy(out, taken, bytes, from, n);
    taken += n;
    return n == 0 && length > 0 ? -1 : n;
  }

  /** Decodes the next piece into {@link #out}, which may stay empty. */
  private void fill() throws IOException {
    if (!inEnded) {
      encoded.compact();
      int n = in.read(encoded.array(), encoded.position(), encoded.remaining());
      inEnded = n < 0;
      encoded.position(encoded.position() + Math.max(0, n)).flip();
    }
    chars.clear();
    CoderResult result = decoder.decode(encoded, chars, inEnded);
    if (result.isUnderflow() && inEnded) {
      result = decoder.flush(chars);
      ended = result.isUnderflow();
    }
    out = chars.flip().toString().getBytes(StandardCharsets.UTF_8);
    taken = 0;
    if (result.isError()) {
      encoded.position(encoded.position() + result.length());
      out = Arrays.copyOf(out, out.length + 1);
      out[out.length - 1] = (byte) 0xFF;
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
