package io.millrace.dense.onednn;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Floats outside the heap, initially 0, aligned to 64 bytes: one cache line, one AVX-512 register.
 * Freed by {@link #close}.
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

  /** Copies all of {@code from} here. */
  void put(float[] from) {
    floats.put(0, from);
  }

  /** Copies the first {@code count} floats of {@code from} here, and zeros up to {@code padded}. */
  void putPadded(float[] from, int count, int padded) {
    floats.put(0, from, 0, count);
    for (int i = count; i < padded; i++) {
      floats.put(i, 0);
    }
  }

  /** Copies the first {@code count} floats of {@code from} to {@code at} here. */
  void copyFrom(float[] from, int at, int count) {
    floats.put(at, from, 0, count);
  }

  /** Copies {@code count} floats from {@code at} here to the start of {@code to}. */
  void copyTo(int at, float[] to, int count) {
    floats.get(at, to, 0, count);
  }

  /** Copies {@code from[at ..]} to the start here, {@code count} floats. */
  void putSlice(float[] from, int at, int count) {
    floats.put(0, from, at, count);
  }

  /** Copies the first {@code count} floats here to {@code to[at ..]}. */
  void getSlice(float[] to, int at, int count) {
    floats.get(0, to, at, count);
  }

  @Override
  public void close() {
    memory.close();
  }
}
