package io.millrace.replica;

import java.io.DataInput;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * Bytes from outside, of which no more can be read, or allocated for, than are there: parts of
 * arrays one after the other, without a copy of them.
 */
final class ExactInput extends DataInputStream {

  private final Joined joined;

  /**
   * The parts in order.
   *
   * @param head bytes to leave out at the start of each
   * @param tail bytes to leave out at the end of each
   */
  ExactInput(List<byte[]> parts, int head, int tail) {
    this(new Joined(parts, head, tail));
  }

  private ExactInput(Joined joined) {
    super(joined);
    this.joined = joined;
  }

  /** Bytes that are left. */
  long left() {
    return joined.left;
  }

  /**
   * Reads how many elements follow.
   *
   * @param bytesEach least bytes of each
   * @throws IOException if the number is negative, or bytes from outside are too few for it
   */
  static int readCount(DataInput in, int bytesEach) throws IOException {
    int n = in.readInt();
    if (n < 0 || in instanceof ExactInput exact && (long) n * bytesEach > exact.left()) {
      throw new IOException("it says that " + n + " elements follow, which is not so");
    }
    return n;
  }

  private static final class Joined extends InputStream {

    private final List<byte[]> parts;
    private final int head;
    private final int tail;
    private long left;
    private int part;
    private int at;

    Joined(List<byte[]> parts, int head, int tail) {
      this.parts = parts;
      this.head = head;
      this.tail = tail;
      this.at = head;
      parts.forEach(each -> left += each.length - head - tail);
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] to, int from, int count) {
      if (left == 0) {
        return count == 0 ? 0 : -1;
      }
      while (at == parts.get(part).length - tail) {
        part++;
        at = head;
      }
      int n = Math.min(count, parts.get(part).length - tail - at);
      System.arraycopy(parts.get(part), at, to, from, n);
      at += n;
      left -= n;
      return n;
    }
  }
}
