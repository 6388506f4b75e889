package io.millrace.maps;

import io.millrace.math.FloatBlocks;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * A field's embedding vectors in a teacher at the end of a pane.
 *
 * @param ids ascending by signed value
 * @param dim length of a vector
 * @param values {@code float[ids * dim]}, row-major
 */
@SuppressWarnings("ArrayRecordComponent") // columns of a table; never written after construction
public record TeacherValues(long[] ids, int dim, float[] values) {

  /** Position of {@code id}, or -1. */
  int indexOf(long id) {
    return Math.max(-1, Arrays.binarySearch(ids, id));
  }

  /** Writes {@code i32 dim | i32 n | i64 id (n times) | f32 (n * dim times)}. */
  public void write(DataOutput out) throws IOException {
    out.writeInt(dim);
    out.writeInt(ids.length);
    for (long id : ids) {
      out.writeLong(id);
    }
    FloatBlocks.write(out, values, values.length);
  }

  /** Reads what {@link #write} wrote. */
  public static TeacherValues read(DataInput in) throws IOException {
    int dim = in.readInt();
    long[] ids = new long[in.readInt()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = in.readLong();
    }
    float[] values = new float[ids.length * dim];
    FloatBlocks.read(in, values, values.length);
    return new TeacherValues(ids, dim, values);
  }
}
