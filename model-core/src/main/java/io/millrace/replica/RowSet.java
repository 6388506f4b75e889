package io.millrace.replica;

import io.millrace.math.FloatBlocks;
import it.unimi.dsi.fastutil.longs.LongArrayList;
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

  /** The keys of all sets, ascending, each once; sorting merges their ascending parts. */
  static long[] keys(List<RowSet> sets) {
    LongArrayList keys = new LongArrayList();
    sets.forEach(set -> keys.addElements(keys.size(), set.keys()));
    long[] sorted = keys.toLongArray();
    Arrays.sort(sorted);
    int n = 0;
    for (long key : sorted) {
      if (n == 0 || key != sorted[n - 1]) {
        sorted[n++] = key;
      }
    }
    return Arrays.copyOf(sorted, n);
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
