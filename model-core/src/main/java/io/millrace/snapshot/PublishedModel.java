package io.millrace.snapshot;

import io.millrace.dense.MlpSpec;
import io.millrace.dlrm.Dlrm;
import io.millrace.dlrm.FieldTable;
import io.millrace.event.Schema;
import io.millrace.table.StoredRows;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * All that is needed to score an event: schema, rows with their hashes, and the two MLPs. MLET's
 * tables are collapsed. Immutable by contract: arrays are shared, never written.
 *
 * @param schema how raw values become inputs and ids
 * @param dim length of an embedding vector
 * @param bottom shape of the MLP from the dense columns (the constant 1 without any) to {@code dim}
 * @param bottomParameters per layer the weights {@code float[out * in]}, row-major, then the bias
 *     {@code float[out]}
 * @param top shape of the MLP from the interactions to one logit
 * @param topParameters as for the bottom
 * @param fields rows of the categorical fields in schema order
 */
@SuppressWarnings("ArrayRecordComponent") // megabytes of weights, shared on purpose
public record PublishedModel(
    Schema schema,
    int dim,
    MlpSpec bottom,
    float[][] bottomParameters,
    MlpSpec top,
    float[][] topParameters,
    List<FieldRows> fields) {

  public PublishedModel {
    fields = List.copyOf(fields);
    int f = schema.fields().size();
    require("fields", fields.size(), f);
    require("bottom's input", bottom.inputs(), Math.max(1, schema.dense().size()));
    require("bottom's output", bottom.outputs(), dim);
    require("top's input", top.inputs(), Dlrm.topInputs(f, dim));
    require("top's output", top.outputs(), 1);
    checkParameters("bottom", bottom, bottomParameters);
    checkParameters("top", top, topParameters);
    for (int i = 0; i < f; i++) {
      String name = "row length of field " + schema.fields().get(i).name();
      require(name, fields.get(i).rows().length(), fields.get(i).rowLength(dim));
    }
  }

  private static void checkParameters(String name, MlpSpec spec, float[][] parameters) {
    require(name + "'s arrays", parameters.length, 2L * spec.layers());
    for (int l = 0; l < spec.layers(); l++) {
      int out = spec.sizes().get(l + 1);
      require(name + "'s weights", parameters[2 * l].length, (long) spec.sizes().get(l) * out);
      require(name + "'s bias", parameters[2 * l + 1].length, out);
    }
  }

  private static void require(String what, long actual, long expected) {
    if (actual != expected) {
      throw new IllegalArgumentException(what + " must be " + expected + " but was " + actual);
    }
  }

  /**
   * Copies a model out of its trainer, which may continue at once.
   *
   * @param schema the trainer's schema
   * @param model the model; its hashes must be immutable
   */
  public static PublishedModel copyOf(Schema schema, Dlrm model) {
    List<FieldRows> fields = new ArrayList<>();
    for (FieldTable field : model.fields()) {
      fields.add(field.index() == null ? hashed(field) : indexed(field));
    }
    return new PublishedModel(
        schema,
        model.dim(),
        model.bottom().spec(),
        model.bottom().parameters(),
        model.top().spec(),
        model.top().parameters(),
        fields);
  }

  private static FieldRows hashed(FieldTable field) {
    StoredRows rows = field.table().store(field.servedRows());
    return new FieldRows.Hashed(field.hash(), field.table().combine(), rows);
  }

  private static FieldRows indexed(FieldTable field) {
    int[] rows = field.servedRows();
    long[] ids = IntStream.of(rows).mapToLong(field.index()::id).toArray();
    return new FieldRows.Indexed(ids, field.table().store(rows));
  }
}
