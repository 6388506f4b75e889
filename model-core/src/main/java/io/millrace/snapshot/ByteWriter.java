package io.millrace.snapshot;

import io.millrace.math.Float16;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Bytes that grow; numbers are little-endian, arrays begin with their length as i32. */
final class ByteWriter {

  private ByteBuffer out = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);

  /** Makes room for an array of {@code count} elements, or for one number. */
  private ByteBuffer room(int count, int width) {
    long wanted = out.position() + Integer.BYTES + (long) count * width;
    if (wanted > out.capacity()) {
      int capacity = Math.toIntExact(Math.max(wanted, Math.min(2L * out.capacity(), 1 << 30)));
      ByteBuffer larger = ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
      out = larger.put(out.flip());
    }
    return out;
  }

  void u8(int value) {
    room(1, 1).put((byte) value);
  }

  void i32(int value) {
    room(1, Integer.BYTES).putInt(value);
  }

  void i64(long value) {
    room(1, Long.BYTES).putLong(value);
  }

  void i32s(int[] values) {
    room(values.length, Integer.BYTES).putInt(values.length).asIntBuffer().put(values);
    skip(values.length * Integer.BYTES);
  }

  void i64s(long[] values) {
    room(values.length, Long.BYTES).putInt(values.length).asLongBuffer().put(values);
    skip(values.length * Long.BYTES);
  }

  void f32s(float[] values) {
    room(values.length, Float.BYTES).putInt(values.length).asFloatBuffer().put(values);
    skip(values.length * Float.BYTES);
  }

  /** Half precision; the values must be exact in it. */
  void f16s(float[] values) {
    room(values.length, Short.BYTES).putInt(values.length);
    for (float value : values) {
      out.putShort(Float16.toBits(value));
    }
  }

  /** The bytes alone, without their number. */
  void raw(byte[] values) {
    room(values.length, 1).put(values);
  }

  private void skip(int bytes) {
    out.position(out.position() + bytes);
  }

  byte[] bytes() {
    return Arrays.copyOf(out.array(), out.position());
  }
}
