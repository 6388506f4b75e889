package io.millrace.replica;

import java.io.InputStream;
import java.util.List;

/** Reads parts of arrays one after the other, without a copy of them. */
final class JoinedParts extends InputStream {

  private final List<byte[]> parts;
  private final int head;
  private final int tail;
  private long left;
  private int part;
  private int at;

  /**
   * The parts in order.
   *
   * @param head bytes to leave out at the start of each
   * @param tail bytes to leave out at the end of each
   */
  JoinedParts(List<byte[]> parts, int head, int tail) {
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

  /** All bytes that are left, or {@link Integer#MAX_VALUE} if there are more. */
  @Override
  public int available() {
    return (int) Math.min(left, Integer.MAX_VALUE);
  }
}
