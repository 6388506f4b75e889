package io.millrace.replica;

import java.io.OutputStream;
import java.util.Arrays;

/**
 * Cuts what is written into parts of at most some bytes; the last is given when it is closed. A
 * part may have room before and after its bytes, for whoever takes it.
 */
final class Parts extends OutputStream {

  /** Takes the parts, of which each is its own from then on. */
  @FunctionalInterface
  interface Taker {
    void take(byte[] part, boolean last);
  }

  private static final int FIRST = 1024;

  private final int head;
  private final int most;
  private final int tail;
  private final Taker taker;
  private byte[] part;
  private int length;

  /**
   * Nothing is written yet.
   *
   * @param head bytes of room before those that are written, in each part
   * @param most bytes of a part, with both rooms
   * @param tail bytes of room after them
   */
  Parts(int head, int most, int tail, Taker taker) {
    this.head = head;
    this.most = most;
    this.tail = tail;
    this.taker = taker;
    this.part = new byte[Math.min(most, head + FIRST + tail)];
    this.length = head;
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) {
    for (int done = 0; done < count; ) {
      if (length == most - tail) {
        taker.take(part, false);
        part = new byte[most];
        length = head;
      }
      int n = Math.min(count - done, most - tail - length);
      if (part.length < length + n + tail) {
        part = Arrays.copyOf(part, Math.min(most, Math.max(length + n + tail, 2 * part.length)));
      }
      System.arraycopy(bytes, from + done, part, length, n);
      length += n;
      done += n;
    }
  }

  @Override
  public void close() {
    taker.take(Arrays.copyOf(part, length + tail), true);
  }
}
