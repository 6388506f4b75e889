package io.millrace.serving;

import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.Dlrm;
import io.millrace.dlrm.FieldTable;
import io.millrace.table.Combine;
import io.millrace.table.EmbeddingTable;
import io.millrace.table.RowBags;
import io.millrace.table.RowFormat;
import io.millrace.table.RowRemap;
import io.millrace.table.StoredRows;
import java.io.DataInput;
import java.io.DataOutput;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The rows of a table, rounded to a format: what its trainer would look up if it kept them so. */
record RoundedTable(EmbeddingTable table, StoredRows stored, int lookups)
    implements EmbeddingTable {

  /** The model with rounded rows; it takes the place of the other, to predict and no more. */
  static ClickModel of(ClickModel model, RowFormat format) {
    Dlrm network = model.network().orElseThrow();
    List<FieldTable> fields = new ArrayList<>();
    for (FieldTable field : model.fields()) {
      int[] all = IntStream.range(0, field.table().rows()).toArray();
      StoredRows stored = field.table().store(all, format);
      int lookups = field.index() == null ? field.hash().lookups() : 1;
      RoundedTable rounded = new RoundedTable(field.table(), stored, lookups);
      fields.add(
          field.index() == null
              ? FieldTable.hashed(field.field(), rounded, field.hash())
              : FieldTable.indexed(field.field(), rounded, field.index()));
    }
    return new ClickModel(
        new Dlrm(2, network.dim(), network.bottom(), network.top(), fields),
        model.linear().orElse(null));
  }

  @Override
  public int rows() {
    return table.rows();
  }

  @Override
  public int dim() {
    return table.dim();
  }

  @Override
  public Combine combine() {
    return table.combine();
  }

  @Override
  public void forward(RowBags bags, float[] out, int stride, int offset) {
    float[] rows = new float[bags.size() * stored.length()];
    for (int i = 0; i < bags.size(); i++) {
      stored.add(bags.row(i), rows, i * stored.length());
    }
    int step = combine() == Combine.SUM ? 1 : lookups;
    for (int b = 0; b < bags.examples(); b++) {
      int to = b * stride + offset;
      Arrays.fill(out, to, to + dim(), 0);
      for (int i = bags.start(b); i < bags.end(b); i += step) {
        int[] found = IntStream.range(i, i + step).toArray();
        combine().add(rows, stored.length(), found, step, out, to);
      }
    }
  }

  @Override
  public void collapseRow(int row, float[] out, int offset) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void backward(RowBags bags, float[] grad, int stride, int offset) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void grow(int rows, long key) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void keep(int[] keep, int count) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void remap(RowRemap plan) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long trainingBytes() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void writeState(DataOutput out) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void readState(DataInput in) {
    throw new UnsupportedOperationException();
  }
}
