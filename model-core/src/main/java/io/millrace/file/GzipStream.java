package io.millrace.file;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Unpacks gzip (RFC 1952): all members of a file, one after the other.
 *
 * <p>The JDK's {@link java.util.zip.GZIPInputStream} ends without a word at the first bytes after a
 * member that it cannot read. This class distinguishes what can follow a member:
 *
 * <ul>
 *   <li>another member: read on, also after zero bytes, which tapes and block devices leave;
 *   <li>zero bytes up to the end: ignored;
 *   <li>anything else: {@link #trailing()} counts these bytes, so that the reader can warn of them.
 * </ul>
 *
 * <p>A member that ends early or does not match its checksum is an {@link EOFException} or {@link
 * ZipException}. Not thread-safe.
 */
final class GzipStream extends InputStream {

  private static final int DEFLATE = 8;
  private static final int HEADER_CHECK = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;

  private final InputStream in;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 check = new CRC32();
  private final byte[] buffer = new byte[1 << 16];
  private int next;
  private int end;

  /** Packed bytes before {@link #buffer}. */
  private long before;

  /** Unpacked bytes of the open member. */
  private long size;

  private boolean finished;
  private long trailing;
  private long trailingAt;

  /** A stream that starts with the header of a member. */
  GzipStream(InputStream in) throws IOException {
    this.in = in;
    header();
  }

  /** Bytes after the last member that are neither zeros nor a member; known at the end. */
  long trailing() {
    return trailing;
  }

  /** Where those bytes start: their offset in the packed bytes. */
  long trailingAt() {
    return trailingAt;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!finished) {
      int n = inflate(bytes, from, length);
      if (n > 0) {
        check.update(bytes, from, n);
        size += n;
        return n;
      }
      if (inflater.finished()) {
        endMember();
      } else if (inflater.needsInput()) {
        feed();
      } else {
        throw new ZipException("its data need a preset dictionary");
      }
    }
    return -1;
  }

  private int inflate(byte[] bytes, int from, int length) throws ZipException {
    try {
      return inflater.inflate(bytes, from, length);
    } catch (DataFormatException e) {
      throw new ZipException(e.getMessage() == null ? "its data are broken" : e.getMessage());
    }
  }

  private void feed() throws IOException {
    if (next == end && !more()) {
      throw new EOFException("it ends within its data");
    }
    inflater.setInput(buffer, next, end - next);
    next = end;
  }

  private void endMember() throws IOException {
    next = end - inflater.getRemaining();
    long sum = check.getValue();
    if (little(4) != sum || little(4) != (size & 0xFFFFFFFFL)) {
      throw new ZipException("its data do not match their checksum");
    }
    finished = !findMember();
  }

  /** Moves to the next member and reads its header; false if there is none. */
  private boolean findMember() throws IOException {
    long start = position();
    while (next < end || more()) {
      if (buffer[next] != 0) {
        if (isMember()) {
          header();
          return true;
        }
        countTrailing(start);
        return false;
      }
      next++;
    }
    return false;
  }

  private boolean isMember() throws IOException {
    if (end - next < 2) {
      keepRest();
    }
    return end - next >= 2 && buffer[next] == (byte) 0x1F && buffer[next + 1] == (byte) 0x8B;
  }

  /** Moves the last byte of the buffer to its start, and reads more behind it. */
  private void keepRest() throws IOException {
    before += next;
    buffer[0] = buffer[next];
    int n = Math.max(0, in.read(buffer, 1, buffer.length - 1));
    next = 0;
    end = 1 + n;
  }

  private void countTrailing(long start) throws IOException {
    trailingAt = start;
    do {
      next = end;
    } while (more());
    trailing = position() - start;
  }

  private void header() throws IOException {
    check.reset();
    if (octet() != 0x1F || octet() != 0x8B) {
      throw new ZipException("it does not start as gzip");
    }
    int method = octet();
    if (method != DEFLATE) {
      throw new ZipException("its method must be 8 but is " + method);
    }
    int flags = octet();
    little(6); // time, level, system
    if ((flags & EXTRA) != 0) {
      for (long extra = little(2); extra > 0; extra--) {
        octet();
      }
    }
    skipText(flags & NAME);
    skipText(flags & COMMENT);
    long expected = check.getValue() & 0xFFFF;
    if ((flags & HEADER_CHECK) != 0 && little(2) != expected) {
      throw new ZipException("its header does not match its checksum");
    }
    check.reset();
    inflater.reset();
    size = 0;
  }

  private void skipText(int present) throws IOException {
    while (present != 0 && octet() != 0) {
      // up to the zero that ends it
    }
  }

  /** A little-endian number of up to 6 bytes. */
  private long little(int bytes) throws IOException {
    long number = 0;
    for (int i = 0; i < bytes; i++) {
      number |= (long) octet() << 8 * i;
    }
    return number;
  }

  /** The next packed byte, which enters the checksum of a header. */
  private int octet() throws IOException {
    if (next == end && !more()) {
      throw new EOFException("it ends within a header or checksum");
    }
    check.update(buffer[next]);
    return buffer[next++] & 0xFF;
  }

  /** Replaces the used buffer; false at the end of the packed bytes. */
  private boolean more() throws IOException {
    before += end;
    next = 0;
    end = Math.max(0, in.read(buffer, 0, buffer.length));
    return end > 0;
  }

  private long position() {
    return before + next;
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    in.close();
  }
}
