package io.millrace.snapshot;

import io.millrace.math.Float16;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads what a {@link ByteWriter} wrote. No array is made before it is known that its bytes are
 * there; {@link BufferUnderflowException} if they are not.
 */
final class ByteReader {

  private static final int MOST_LENGTH = 1 << 16;

  private final ByteBuffer in;

  ByteReader(byte[] bytes) {
    this.in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  int u8() {
    return Byte.toUnsignedInt(in.get());
  }

  int i32() {
    return in.getInt();
  }

  long i64() {
    return in.getLong();
  }

  /** A number of elements of at least {@code width} bytes each, all of which follow. */
  int count(int width) {
    int count = in.getInt();
    if (count < 0 || (long) count * width > in.remaining()) {
      throw new BufferUnderflowException();
    }
    return count;
  }

  /** The length of a row. */
  int size() {
    int size = in.getInt();
    if (size < 1 || size > MOST_LENGTH) {
      throw new IllegalArgumentException(
          "a row must have 1 to " + MOST_LENGTH + " floats but has " + size);
    }
    return size;
  }

  byte[] raw(int count) {
    byte[] values = new byte[count];
    in.get(values);
    return values;
  }

  int[] i32s() {
    int[] values = new int[count(Integer.BYTES)];
    in.asIntBuffer().get(values);
    skip(values.length * Integer.BYTES);
    return values;
  }

  long[] i64s() {
    long[] values = new long[count(Long.BYTES)];
    in.asLongBuffer().get(values);
    skip(values.length * Long.BYTES);
    return values;
  }

  float[] f32s() {
    float[] values = new float[count(Float.BYTES)];
    in.asFloatBuffer().get(values);
    skip(values.length * Float.BYTES);
    return values;
  }

  float[] f16s() {
    float[] values = new float[count(Short.BYTES)];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float16.fromBits(in.getShort());
    }
    return values;
  }

  private void skip(int bytes) {
    in.position(in.position() + bytes);
  }

  /** Bytes that have not been read. */
  int left() {
    return in.remaining();
  }
}
