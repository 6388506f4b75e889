package io.millrace.table;

import io.millrace.math.BFloat16;
import io.millrace.math.Float16;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Locale;

/**
 * How the floats of a row are stored where they are served. All bytes are little-endian; values are
 * rounded to nearest, ties to even.
 *
 * <pre>
 * FLOAT32   4 bytes a float                       exact
 * FLOAT16   2 bytes a float, IEEE binary16        beyond 65504 it is 65504
 * BF16      2 bytes a float, its upper half       the range of a float
 * INT8      1 byte a float, q in -127..127, then 2 bytes a row, its scale s in bf16: a float is s q
 * </pre>
 *
 * <p>With INT8, {@code s} is the greatest size in the row (at most 2^127) divided by 127, rounded
 * up to the next bf16, so that no float lies beyond 127 s; an error is at most s / 2. A row of
 * zeros has the scale 0.
 *
 * <p>A row with a float that is not finite is stored as NaN in all its floats, except by FLOAT32,
 * which stores it as it is: so a damaged row can be told from a good one in every format.
 */
public enum RowFormat {
  FLOAT32(Float.BYTES, 0) {
    @Override
    void encode(float[] row, byte[] out, int to) {
      for (int j = 0; j < row.length; j++) {
        FLOATS.set(out, to + Float.BYTES * j, row[j]);
      }
    }

    @Override
    void add(byte[] bytes, int at, int length, float[] out, int to) {
      for (int j = 0; j < length; j++) {
        out[to + j] += (float) FLOATS.get(bytes, at + Float.BYTES * j);
      }
    }
  },

  FLOAT16(Short.BYTES, 0) {
    @Override
    void encode(float[] row, byte[] out, int to) {
      boolean finite = greatest(row) < Float.POSITIVE_INFINITY;
      for (int j = 0; j < row.length; j++) {
        short bits = finite ? Float16.toBits(Float16.round(row[j])) : HALF_NAN;
        SHORTS.set(out, to + Short.BYTES * j, bits);
      }
    }

    @Override
    void add(byte[] bytes, int at, int length, float[] out, int to) {
      for (int j = 0; j < length; j++) {
        out[to + j] += half((short) SHORTS.get(bytes, at + Short.BYTES * j));
      }
    }
  },

  BF16(Short.BYTES, 0) {
    @Override
    void encode(float[] row, byte[] out, int to) {
      boolean finite = greatest(row) < Float.POSITIVE_INFINITY;
      for (int j = 0; j < row.length; j++) {
        short bits = finite ? BFloat16.nearest(row[j]) : BF16_NAN;
        SHORTS.set(out, to + Short.BYTES * j, bits);
      }
    }

    @Override
    void add(byte[] bytes, int at, int length, float[] out, int to) {
      for (int j = 0; j < length; j++) {
        out[to + j] += BFloat16.fromBits((short) SHORTS.get(bytes, at + Short.BYTES * j));
      }
    }
  },

  INT8(Byte.BYTES, Short.BYTES) {
    @Override
    void encode(float[] row, byte[] out, int to) {
      float greatest = greatest(row);
      boolean finite = greatest < Float.POSITIVE_INFINITY;
      short bits = finite ? BFloat16.away(Math.min(greatest, GREATEST) / STEPS) : BF16_NAN;
      float scale = BFloat16.fromBits(bits);
      for (int j = 0; j < row.length; j++) {
        out[to + j] = scale > 0 ? step(row[j] / scale) : 0;
      }
      SHORTS.set(out, to + row.length, bits);
    }

    @Override
    void add(byte[] bytes, int at, int length, float[] out, int to) {
      float scale = BFloat16.fromBits((short) SHORTS.get(bytes, at + length));
      for (int j = 0; j < length; j++) {
        out[to + j] += scale * bytes[at + j];
      }
    }
  };

  private static final VarHandle FLOATS =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final short HALF_NAN = 0x7E00;
  private static final short BF16_NAN = 0x7FC0;
  private static final int STEPS = 127;
  private static final float GREATEST = 0x1p127f;

  private final int valueBytes;
  private final int scaleBytes;

  RowFormat(int valueBytes, int scaleBytes) {
    this.valueBytes = valueBytes;
    this.scaleBytes = scaleBytes;
  }

  /** The name in job files and manifests. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Bytes of a row of so many floats. */
  public int rowBytes(int length) {
    return Math.addExact(Math.multiplyExact(valueBytes, length), scaleBytes);
  }

  /** Bytes of a float, without the scale of its row. */
  public int valueBytes() {
    return valueBytes;
  }

  /** Bytes of a row's scale, which follow its floats; 0 if there is none. */
  public int scaleBytes() {
    return scaleBytes;
  }

  /**
   * The format that stands in for this one where rows are short: BF16 for INT8 with one or two
   * floats a row, which take no more bytes in it.
   */
  public RowFormat forLength(int length) {
    return this == INT8 && length <= 2 ? BF16 : this;
  }

  /** Writes a row to {@code out[to .. to + rowBytes(row.length))}. */
  abstract void encode(float[] row, byte[] out, int to);

  /** Adds the row in {@code bytes[at ..]} to {@code out[to .. to + length)}. */
  abstract void add(byte[] bytes, int at, int length, float[] out, int to);

  /** The greatest size of a row's floats; infinite if one of them is not finite. */
  private static float greatest(float[] row) {
    float greatest = 0;
    for (float v : row) {
      float size = Math.abs(v);
      greatest = size <= Float.MAX_VALUE ? Math.max(greatest, size) : Float.POSITIVE_INFINITY;
      if (greatest > Float.MAX_VALUE) {
        return greatest;
      }
    }
    return greatest;
  }

  private static byte step(float steps) {
    return (byte) Math.max(-STEPS, Math.min(STEPS, Math.rint(steps)));
  }

  /** The value of a half, NaN included. */
  private static float half(short bits) {
    return (bits & 0x7C00) == 0x7C00 ? Float.NaN : Float16.fromBits(bits);
  }
}
