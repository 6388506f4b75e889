package io.millrace.replica;

import io.millrace.math.FloatBlocks;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

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

  /** Place of a key among {@link #keys}; negative if it is not there. */
  int find(long key) {
    return Arrays.binarySearch(keys, key);
  }

  void write(DataOutput out) throws IOException {
    out.writeInt(keys.length);
    for (long key : keys) {
      out.writeLong(key);
    }
    write(accesses, out);
    write(values, out);
  }

  static RowSet read(DataInput in) throws IOException {
    long[] keys = new long[ExactInput.readCount(in, Long.BYTES)];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = in.readLong();
    }
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
