package io.millrace.replica;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Values of a part of a model's rows and of its whole dense part; or by how much they have changed.
 *
 * @param rows of each field's table in schema order, then of the linear part, if there is one
 * @param dense parameters without the state of their optimiser: of the bottom MLP and of the top
 *     MLP in the order of {@link io.millrace.dense.DenseNet#parameters}, then the shared factor of
 *     each table that has one
 */
public record ModelValues(List<RowSet> rows, List<float[]> dense) {

  void write(DataOutput out) throws IOException {
    out.writeInt(rows.size());
    for (RowSet set : rows) {
      set.write(out);
    }
    out.writeInt(dense.size());
    for (float[] tensor : dense) {
      RowSet.write(tensor, out);
    }
  }

  static ModelValues read(DataInput in) throws IOException {
    List<RowSet> rows = new ArrayList<>();
    for (int n = ExactInput.readCount(in, Integer.BYTES); n > 0; n--) {
      rows.add(RowSet.read(in));
    }
    List<float[]> dense = new ArrayList<>();
    for (int n = ExactInput.readCount(in, Integer.BYTES); n > 0; n--) {
      dense.add(RowSet.readFloats(in));
    }
    return new ModelValues(rows, dense);
  }
}
