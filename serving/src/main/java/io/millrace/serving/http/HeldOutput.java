package io.millrace.serving.http;

import io.millrace.serving.request.RequestException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects bytes in memory, within a bound, and counts them among those held as they come, before
 * the memory is taken.
 */
final class HeldOutput extends OutputStream {

  /** Counts bytes among those held. */
  @FunctionalInterface
  interface Holder {
    /**
     * Counts further bytes.
     *
     * @param before bytes that were counted before
     * @throws RequestException if there is no room
     */
    void hold(int before, int bytes) throws RequestException;
  }

  private final int most;
  private final String rule;
  private final Holder holder;
  private final List<byte[]> parts = new ArrayList<>();
  private int size;

  /**
   * No bytes yet.
   *
   * @param most most bytes
   * @param rule says so, for the client that has asked for more
   */
  HeldOutput(int most, String rule, Holder holder) {
    this.most = most;
    this.rule = rule;
    this.holder = holder;
  }

  /** For an answer. */
  static HeldOutput answer(HttpLimits allowed, HeldBytes.Account account) {
    String rule =
        "an answer must have at most " + allowed.answerBytes() + " bytes; send fewer events";
    return new HeldOutput(
        allowed.answerBytes(),
        rule,
        (before, bytes) -> {
          boolean small = before + bytes <= allowed.smallBytes();
          account.hold(small ? HeldBytes.For.SMALL_WORK : HeldBytes.For.LARGE_ANSWERS, bytes);
        });
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  /**
   * Collects bytes.
   *
   * @throws IOException with a {@link RequestException} as its cause, if there are too many
   */
  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      if (length > most - size) {
        throw new RequestException(413, rule);
      }
      holder.hold(size, length);
    } catch (RequestException e) {
      throw new IOException(e);
    }
    byte[] part = new byte[length];
    System.arraycopy(bytes, offset, part, 0, length);
    parts.add(part);
    size += length;
  }

  /** All bytes. Nothing may be written afterwards. */
  byte[] toByteArray() {
    byte[] all = parts.size() == 1 ? parts.get(0) : new byte[size];
    if (parts.size() != 1) {
      ByteBuffer to = ByteBuffer.wrap(all);
      parts.forEach(to::put);
    }
    parts.clear();
    return all;
  }
}
