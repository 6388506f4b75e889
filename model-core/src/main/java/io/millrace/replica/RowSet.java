package io.millrace.replica;

import io.millrace.math.FloatBlocks;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Rows of one table, or slots of a linear part: their values, or by how much these have changed.
 *
 * @param keys numbers of rows or slots; where ids own rows, the ids, as each copy of the table
 *     numbers its rows by itself; ascending
 * @param accesses of each id in the interval, {@code float[keys]}; empty where ids share rows
 * @param values {@code float[keys * length]}: of each row its weights, then the state of its
 *     optimiser; of each slot z and n
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
public record RowSet(long[] keys, float[] accesses, float[] values) {

  /** The keys of all sets, ascending, each once. */
  static long[] keys(List<RowSet> sets) {
    return switch (sets.size()) {
      case 0 -> new long[0];
      case 1 -> sets.get(0).keys();
      default -> {
        int half = sets.size() / 2;
        yield union(keys(sets.subList(0, half)), keys(sets.subList(half, sets.size())));
      }
    };
  }

  private static long[] union(long[] a, long[] b) {
    long[] keys = new long[a.length + b.length];
    int n = 0;
    int i = 0;
    int j = 0;
    while (i < a.length && j < b.length) {
      long key = Math.min(a[i], b[j]);
      i += a[i] == key ? 1 : 0;
      j += b[j] == key ? 1 : 0;
      keys[n++] = key;
    }
    System.arraycopy(a, i, keys, n, a.length - i);
    System.arraycopy(b, j, keys, n + a.length - i, b.length - j);
    return Arrays.copyOf(keys, n + a.length - i + b.length - j);
  }

  void write(DataOutput out) throws IOException {
    out.writeInt(keys.length);
    ByteBuffer bytes = ByteBuffer.allocate(keys.length * Long.BYTES);
    bytes.asLongBuffer().put(keys);
    out.write(bytes.array());
    write(accesses, out);
    write(values, out);
  }

  static RowSet read(DataInput in) throws IOException {
    long[] keys = new long[ExactInput.readCount(in, Long.BYTES)];
    byte[] bytes = new byte[keys.length * Long.BYTES];
    in.readFully(bytes);
    ByteBuffer.wrap(bytes).asLongBuffer().get(keys);
    return new RowSet(keys, readFloats(in), readFloats(in));
  }

  static void write(float[] floats, DataOutput out) throws IOException {
    out.writeInt(floats.length);
    FloatBlocks.write(out, floats, floats.length);
  }

  static float[] readFloats(DataInput in) throws IOException {
    float[] floats = new float[ExactInput.readCount(in, Float.BYTES)];
    FloatBlocks.read(in, floats, floats.length);
    return floats;
  }
}
