package io.millrace.math;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * XXH64, the 64-bit hash published by Yann Collet (xxHash specification 0.1.1, section "XXH64").
 *
 * <p>Four lanes process 32 bytes per round and are merged; then the tail is processed 8, 4 and 1
 * bytes at a time, and a final avalanche mixes the result. Little-endian on every machine, so that
 * equal bytes give equal hashes everywhere. Ids, checksums and derived seeds use this hash.
 *
 * <p>Not a cryptographic hash. Cost: one pass, no allocation (except for {@link #hash(String,
 * long)}, which encodes the text).
 */
public final class XxHash64 {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long P1 = 0x9E3779B185EBCA87L;
  private static final long P2 = 0xC2B2AE3D27D4EB4FL;
  private static final long P3 = 0x165667B19E3779F9L;
  private static final long P4 = 0x85EBCA77C2B2AE63L;
  private static final long P5 = 0x27D4EB2F165667C5L;

  private XxHash64() {}

  /** Hash of the UTF-8 bytes of {@code text}. */
  public static long hash(String text, long seed) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return hash(bytes, 0, bytes.length, seed);
  }

  /** Hash of all of {@code data}. */
  public static long hash(byte[] data, long seed) {
    return hash(data, 0, data.length, seed);
  }

  /**
   * Hash of {@code length} bytes of {@code data} from {@code offset}.
   *
   * @throws IndexOutOfBoundsException if the range is not inside {@code data}
   */
  public static long hash(byte[] data, int offset, int length, long seed) {
    Objects.checkFromIndexSize(offset, length, data.length);
    int end = offset + length;
    int stripes = length & ~31;
    long h = stripes == 0 ? seed + P5 : lanes(data, offset, offset + stripes, seed);
    return avalanche(tail(data, offset + stripes, end, h + length));
  }

  private static long lanes(byte[] data, int from, int to, long seed) {
    long a = seed + P1 + P2;
    long b = seed + P2;
    long c = seed;
    long d = seed - P1;
    for (int i = from; i < to; i += 32) {
      a = round(a, (long) LONG.get(data, i));
      b = round(b, (long) LONG.get(data, i + 8));
      c = round(c, (long) LONG.get(data, i + 16));
      d = round(d, (long) LONG.get(data, i + 24));
    }
    return mergeLanes(a, b, c, d);
  }

  private static long mergeLanes(long a, long b, long c, long d) {
    long h =
        Long.rotateLeft(a, 1)
            + Long.rotateLeft(b, 7)
            + Long.rotateLeft(c, 12)
            + Long.rotateLeft(d, 18);
    return mergeRound(mergeRound(mergeRound(mergeRound(h, a), b), c), d);
  }

  /**
   * The hash of bytes that arrive in pieces: {@link #update} each piece; {@link #value} then equals
   * {@link #hash(byte[], long)} of the joined pieces. Not thread-safe.
   */
  public static final class Stream {

    private final long seed;
    private final long[] lanes;
    private final byte[] pending = new byte[32];
    private int pendingBytes;
    private long total;

    /** A hash of no bytes. */
    public Stream(long seed) {
      this.seed = seed;
      this.lanes = new long[] {seed + P1 + P2, seed + P2, seed, seed - P1};
    }

    /** Adds {@code length} bytes of {@code data} from {@code offset}. */
    public void update(byte[] data, int offset, int length) {
      Objects.checkFromIndexSize(offset, length, data.length);
      int from = offset;
      int end = offset + length;
      total += length;
      if (pendingBytes > 0) {
        int taken = Math.min(32 - pendingBytes, length);
        System.arraycopy(data, from, pending, pendingBytes, taken);
        pendingBytes += taken;
        from += taken;
        if (pendingBytes < 32) {
          return;
        }
        stripe(pending, 0);
        pendingBytes = 0;
      }
      for (; from + 32 <= end; from += 32) {
        stripe(data, from);
      }
      pendingBytes = end - from;
      System.arraycopy(data, from, pending, 0, pendingBytes);
    }

    private void stripe(byte[] data, int at) {
      for (int lane = 0; lane < 4; lane++) {
        lanes[lane] = round(lanes[lane], (long) LONG.get(data, at + 8 * lane));
      }
    }

    /** Hash of all bytes so far; more may follow. */
    public long value() {
      long h = total < 32 ? seed + P5 : mergeLanes(lanes[0], lanes[1], lanes[2], lanes[3]);
      return avalanche(tail(pending, 0, pendingBytes, h + total));
    }
  }

  private static long tail(byte[] data, int from, int to, long hash) {
    long h = hash;
    int i = from;
    for (; i + 8 <= to; i += 8) {
      h = Long.rotateLeft(h ^ round(0, (long) LONG.get(data, i)), 27) * P1 + P4;
    }
    if (i + 4 <= to) {
      h = Long.rotateLeft(h ^ ((int) INT.get(data, i) & 0xFFFFFFFFL) * P1, 23) * P2 + P3;
      i += 4;
    }
    for (; i < to; i++) {
      h = Long.rotateLeft(h ^ (data[i] & 0xFF) * P5, 11) * P1;
    }
    return h;
  }

  private static long round(long acc, long input) {
    return Long.rotateLeft(acc + input * P2, 31) * P1;
  }

  private static long mergeRound(long hash, long lane) {
    return (hash ^ round(0, lane)) * P1 + P4;
  }

  private static long avalanche(long hash) {
    long h = (hash ^ hash >>> 33) * P2;
    h = (h ^ h >>> 29) * P3;
    return h ^ h >>> 32;
  }
}
