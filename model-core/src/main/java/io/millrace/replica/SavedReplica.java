package io.millrace.replica;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a replica has that the merged model does not hold, as of the start of the interval or
 * between two. The events of the interval are not in it: they are to be added again.
 *
 * @param own its changes that are not in the merges that it has, in order
 * @param dense the dense part with its optimiser's state
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never written
record SavedReplica(List<Change> own, byte[] dense) {

  /** Writes {@code i32 own changes | each | i32 length | dense part}. */
  void write(DataOutput out) throws IOException {
    out.writeInt(own.size());
    for (Change change : own) {
      change.write(out);
    }
    out.writeInt(dense.length);
    out.write(dense);
  }

  /** Reads what {@link #write} wrote. */
  static SavedReplica read(DataInput in) throws IOException {
    List<Change> own = new ArrayList<>();
    for (int n = in.readInt(); n > 0; n--) {
      own.add(Change.read(in));
    }
    byte[] dense = new byte[in.readInt()];
    in.readFully(dense);
    return new SavedReplica(own, dense);
  }
}
