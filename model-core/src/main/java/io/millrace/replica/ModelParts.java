package io.millrace.replica;

import io.millrace.dense.DenseState;
import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.Dlrm;
import io.millrace.dlrm.FieldTable;
import io.millrace.table.RowValues;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What replicas exchange of a model: its rows and slots by key, and its dense part. */
final class ModelParts {

  private final List<ExchangedRows> rows = new ArrayList<>();
  private final Dlrm network;
  private final List<RowValues> factors = new ArrayList<>();

  ModelParts(ClickModel model) {
    this.network = model.network().orElse(null);
    int vectors = model.fields().size() + 1; // and that of the bottom MLP
    for (FieldTable field : model.fields()) {
      rows.add(new ExchangedRows.OfTable(field, vectors));
      field.table().sharedFactor().ifPresent(factors::add);
    }
    model.linear().ifPresent(linear -> rows.add(new ExchangedRows.OfLinear(linear)));
  }

  /** In the order of {@link ModelValues#rows}. */
  List<ExchangedRows> rows() {
    return rows;
  }

  /**
   * The dense part in the order of {@link ModelValues#dense}, for reading: valid until the model
   * changes.
   */
  List<float[]> dense() {
    List<float[]> dense = new ArrayList<>();
    if (network != null) {
      dense.addAll(Arrays.asList(network.bottom().view()));
      dense.addAll(Arrays.asList(network.top().view()));
      factors.forEach(factor -> dense.add(weights(factor)));
    }
    return dense;
  }

  private static float[] weights(RowValues factor) {
    float[] row = new float[factor.length()];
    float[] weights = new float[factor.rows() * factor.width()];
    for (int r = 0; r < factor.rows(); r++) {
      factor.read(r, row, 0);
      System.arraycopy(row, 0, weights, r * factor.width(), factor.width());
    }
    return weights;
  }

  /** Replaces the dense part; the state of its optimiser stays. */
  void setDense(List<float[]> dense) {
    if (network == null) {
      return;
    }
    int bottom = network.bottom().view().length;
    int top = bottom + network.top().view().length;
    network.bottom().setParameters(dense.subList(0, bottom).toArray(float[][]::new));
    network.top().setParameters(dense.subList(bottom, top).toArray(float[][]::new));
    for (int f = 0; f < factors.size(); f++) {
      setWeights(factors.get(f), dense.get(top + f));
    }
  }

  private static void setWeights(RowValues factor, float[] weights) {
    float[] row = new float[factor.length()];
    for (int r = 0; r < factor.rows(); r++) {
      factor.read(r, row, 0);
      System.arraycopy(weights, r * factor.width(), row, 0, factor.width());
      factor.write(r, row, 0);
    }
  }

  /** Writes the dense part with the state of its optimiser. */
  void writeDense(DataOutput out) throws IOException {
    if (network == null) {
      return;
    }
    network.bottom().writeState(out);
    network.top().writeState(out);
    for (RowValues factor : factors) {
      float[] all = new float[factor.rows() * factor.length()];
      for (int r = 0; r < factor.rows(); r++) {
        factor.read(r, all, r * factor.length());
      }
      out.writeLong(factor.steps());
      RowSet.write(all, out);
    }
  }

  /** Reads what {@link #writeDense} wrote. */
  void readDense(DataInput in) throws IOException {
    if (network == null) {
      return;
    }
    network.bottom().readState(in);
    network.top().readState(in);
    for (RowValues factor : factors) {
      factor.setSteps(in.readLong());
      float[] all = RowSet.readFloats(in);
      for (int r = 0; r < factor.rows(); r++) {
        factor.write(r, all, r * factor.length());
      }
    }
  }

  /**
   * The mean of what {@link #writeDense} wrote for several models of this shape, in their order.
   *
   * @param each at least one
   */
  byte[] meanOfDense(List<byte[]> each) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    if (network != null) {
      DataOutputStream out = new DataOutputStream(bytes);
      List<DataInputStream> in =
          each.stream().map(b -> new DataInputStream(new ByteArrayInputStream(b))).toList();
      DenseState.writeMean(in, out); // of the bottom MLP
      DenseState.writeMean(in, out);
      for (int f = 0; f < factors.size(); f++) {
        writeMeanOfFactor(in, out);
      }
    }
    return bytes.toByteArray();
  }

  private static void writeMeanOfFactor(List<? extends DataInput> each, DataOutput out)
      throws IOException {
    double steps = 0;
    double[] sums = null;
    for (DataInput in : each) {
      steps += in.readLong();
      float[] all = RowSet.readFloats(in);
      sums = sums == null ? new double[all.length] : sums;
      for (int i = 0; i < sums.length; i++) {
        sums[i] += all[i];
      }
    }
    float[] mean = new float[sums.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (sums[i] / each.size());
    }
    out.writeLong(Math.round(steps / each.size()));
    RowSet.write(mean, out);
  }

  /** Replaces these rows. */
  void setRows(List<RowSet> sets) {
    for (int t = 0; t < rows.size(); t++) {
      ExchangedRows table = rows.get(t);
      RowSet set = sets.get(t);
      for (int i = 0; i < set.keys().length; i++) {
        table.write(table.row(set.keys()[i]), set.values(), i * table.length());
      }
    }
  }
}
