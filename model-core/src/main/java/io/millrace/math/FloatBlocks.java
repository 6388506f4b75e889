package io.millrace.math;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Floats as big-endian IEEE 754 bytes, written and read in blocks of up to 64 KiB. */
public final class FloatBlocks {

  private static final int BLOCK = 16_384;

  private FloatBlocks() {}

  /** Writes {@code values[0 .. count)}. */
  public static void write(DataOutput out, float[] values, int count) throws IOException {
    byte[] bytes = new byte[Math.min(count, BLOCK) * Float.BYTES];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    for (int from = 0; from < count; from += BLOCK) {
      int n = Math.min(BLOCK, count - from);
      buffer.clear().asFloatBuffer().put(values, from, n);
      out.write(bytes, 0, n * Float.BYTES);
    }
  }

  /** Reads {@code count} floats into {@code values[0 .. count)}. */
  public static void read(DataInput in, float[] values, int count) throws IOException {
    byte[] bytes = new byte[Math.min(count, BLOCK) * Float.BYTES];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    for (int from = 0; from < count; from += BLOCK) {
      int n = Math.min(BLOCK, count - from);
      in.readFully(bytes, 0, n * Float.BYTES);
      buffer.clear().asFloatBuffer().get(values, from, n);
    }
  }
}
