package io.millrace.dense.onednn;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Floats outside of the heap, 0 at first, at a multiple of 64 bytes: one cache line, one AVX-512
 * register. Freed by {@link #close}.
 */
final class NativeFloats implements AutoCloseable {
  private static final int ALIGNMENT = 64;

  private final BytePointer memory;
  private final Pointer start;
  private final FloatBuffer floats;

  NativeFloats(int length) {
    int bytes = Math.multiplyExact(length, Float.BYTES);
    memory = new BytePointer(Math.addExact(bytes, ALIGNMENT));
    int skip = (int) (-memory.address() & (ALIGNMENT - 1));
    start = memory.getPointer(skip);
    floats =
        memory.asByteBuffer().slice(skip, bytes).order(ByteOrder.nativeOrder()).asFloatBuffer();
    Pointer.memset(start, 0, bytes);
  }

  /** Address of the first float. */
  Pointer start() {
    return start;
  }

  /** Copies {@code from} here. */
  void put(float[] from) {
    floats.put(0, from);
  }

  /** Copies the first {@code count} floats of {@code from} here, and zeros up to {@code padded}. */
  void put(float[] from, int count, int padded) {
    floats.put(0, from, 0, count);
    for (int i = count; i < padded; i++) {
      floats.put(i, 0);
    }
  }

  /** Copies {@code from[at ..]} here, {@code count} floats. */
  void copyFrom(float[] from, int at, int count) {
    floats.put(0, from, at, count);
  }

  /** Copies the first {@code count} floats to {@code to}. */
  void get(float[] to, int count) {
    floats.get(0, to, 0, count);
  }

  /** Copies the first {@code count} floats to {@code to[at ..]}. */
  void copyTo(float[] to, int at, int count) {
    floats.get(0, to, at, count);
  }

  @Override
  public void close() {
    memory.close();
  }
}
