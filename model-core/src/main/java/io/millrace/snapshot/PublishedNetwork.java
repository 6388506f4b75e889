package io.millrace.snapshot;

import io.millrace.dense.MlpSpec;
import io.millrace.dlrm.Dlrm;
import io.millrace.dlrm.FieldTable;
import io.millrace.table.StoredRows;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The network of a published model: rows with their hashes, and the two MLPs. MLET's tables are
 * collapsed. Immutable by contract: arrays are shared, never written.
 *
 * @param dim length of an embedding vector
 * @param bottom shape of the MLP from the dense columns (the constant 1 without any) to {@code dim}
 * @param bottomParameters per layer the weights {@code float[out * in]}, row-major, then the bias
 *     {@code float[out]}
 * @param top shape of the MLP from the interactions to one logit
 * @param topParameters as for the bottom
 * @param fields rows of the categorical fields in schema order
 */
@SuppressWarnings("ArrayRecordComponent") // megabytes of weights, shared on purpose
public record PublishedNetwork(
    int dim,
    MlpSpec bottom,
    float[][] bottomParameters,
    MlpSpec top,
    float[][] topParameters,
    List<FieldRows> fields) {

  public PublishedNetwork {
    fields = List.copyOf(fields);
    PublishedModel.require("bottom's output", bottom.outputs(), dim);
    PublishedModel.require("top's input", top.inputs(), Dlrm.topInputs(fields.size(), dim));
    PublishedModel.require("top's output", top.outputs(), 1);
    checkParameters("bottom", bottom, bottomParameters);
    checkParameters("top", top, topParameters);
  }

  private static void checkParameters(String name, MlpSpec spec, float[][] parameters) {
    PublishedModel.require(name + "'s arrays", parameters.length, 2L * spec.layers());
    for (int l = 0; l < spec.layers(); l++) {
      int out = spec.sizes().get(l + 1);
      long weights = (long) spec.sizes().get(l) * out;
      PublishedModel.require(name + "'s weights", parameters[2 * l].length, weights);
      PublishedModel.require(name + "'s bias", parameters[2 * l + 1].length, out);
    }
  }

  /**
   * This network with the changes of an update; this object does not change.
   *
   * @throws IllegalArgumentException if they do not fit
   */
  PublishedNetwork with(ModelUpdate.NetworkChange change) {
    List<FieldRows> changed = new ArrayList<>(fields);
    int last = -1;
    for (ModelUpdate.FieldChange field : change.fields()) {
      if (field.field() <= last || field.field() >= changed.size()) {
        throw new IllegalArgumentException(
            "fields must be ascending in 0.." + (changed.size() - 1) + " but had " + field.field());
      }
      last = field.field();
      PublishedModel.require(
          "floats of a row", field.values().length(), changed.get(last).rows().length());
      changed.set(last, changed.get(last).with(field));
    }
    return new PublishedNetwork(dim, bottom, change.bottom(), top, change.top(), changed);
  }

  /** Copies a network out of its trainer; its hashes must be immutable. */
  static PublishedNetwork copyOf(Dlrm network) {
    List<FieldRows> fields = new ArrayList<>();
    for (FieldTable field : network.fields()) {
      fields.add(field.index() == null ? hashed(field) : indexed(field));
    }
    return new PublishedNetwork(
        network.dim(),
        network.bottom().spec(),
        network.bottom().parameters(),
        network.top().spec(),
        network.top().parameters(),
        fields);
  }

  private static FieldRows hashed(FieldTable field) {
    StoredRows rows = field.store(field.servedRows());
    return new FieldRows.Hashed(field.hash(), field.table().combine(), rows);
  }

  private static FieldRows indexed(FieldTable field) {
    int[] rows = field.servedRows();
    long[] ids = IntStream.of(rows).mapToLong(field.index()::id).toArray();
    return new FieldRows.Indexed(ids, field.store(rows));
  }
}
