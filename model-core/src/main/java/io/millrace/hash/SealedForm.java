package io.millrace.hash;

import io.millrace.math.XxHash64;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What the byte forms of all hashes share: they are little-endian, begin with a magic number of 4
 * bytes, and end with the XXH64 of all bytes before, seed 0.
 *
 * @param what is written, for messages
 * @param magic number that it begins with
 * @param headerBytes bytes before its variable contents, the magic number included
 */
record SealedForm(String what, int magic, int headerBytes) {

  static final int CHECKSUM_BYTES = Long.BYTES;

  /** A buffer of so many bytes, the checksum included, which holds the magic number. */
  ByteBuffer begin(long bytes) {
    return littleEndian(new byte[Math.toIntExact(bytes)]).putInt(magic);
  }

  /** Adds the checksum of what is in a buffer, which is full then. */
  static byte[] seal(ByteBuffer out) {
    out.putLong(XxHash64.hash(out.array(), 0, out.position(), 0));
    return out.array();
  }

  /** True if the bytes begin with the magic number. */
  boolean begins(byte[] bytes) {
    return bytes.length >= Integer.BYTES && littleEndian(bytes).getInt() == magic;
  }

  /**
   * The bytes behind the magic number.
   *
   * @param name where the bytes come from, for the message
   * @throws IOException if they are too few, or begin otherwise
   */
  ByteBuffer open(byte[] bytes, String name) throws IOException {
    int least = headerBytes + CHECKSUM_BYTES;
    if (bytes.length < least) {
      throw new IOException(
          "%s: a %s has at least %d bytes but found %d".formatted(name, what, least, bytes.length));
    }
    if (!begins(bytes)) {
      throw new IOException(name + ": not a " + what + ", the magic is missing");
    }
    return littleEndian(bytes).position(Integer.BYTES);
  }

  /**
   * Checks the checksum, and lets the buffer end before it.
   *
   * @throws IOException if the bytes are damaged
   */
  void check(ByteBuffer in, String name) throws IOException {
    int body = in.limit() - CHECKSUM_BYTES;
    if (in.getLong(body) != XxHash64.hash(in.array(), 0, body, 0)) {
      throw new IOException(name + ": damaged, the checksum of the " + what + " does not match");
    }
    in.limit(body);
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
