package io.millrace.snapshot;

import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.Dlrm;
import io.millrace.event.Schema;
import io.millrace.linear.LinearPart;
import io.millrace.linear.LinearWeights;
import java.util.List;
import java.util.Optional;

/**
 * All that is needed to score an event: schema, network and linear part. Immutable by contract:
 * arrays are shared, never written.
 *
 * @param schema how raw values become inputs and ids
 * @param network empty for a linear part alone
 * @param linear empty for a network alone
 */
public record PublishedModel(
    Schema schema, Optional<PublishedNetwork> network, Optional<LinearWeights> linear) {

  public PublishedModel {
    if (network.isEmpty() && linear.isEmpty()) {
      throw new IllegalArgumentException("a model must have a network or a linear part");
    }
    network.ifPresent(part -> check(part, schema));
    linear.ifPresent(part -> check(part, schema));
  }

  private static void check(PublishedNetwork network, Schema schema) {
    require("fields", network.fields().size(), schema.fields().size());
    require("bottom's input", network.bottom().inputs(), Math.max(1, schema.dense().size()));
    for (int f = 0; f < network.fields().size(); f++) {
      String name = "row length of field " + schema.fields().get(f).name();
      FieldRows rows = network.fields().get(f);
      require(name, rows.rows().length(), rows.rowLength(network.dim()));
    }
  }

  private static void check(LinearWeights linear, Schema schema) {
    require("fields of the linear part", linear.slots().fields(), schema.fields().size());
    require("dense columns of the linear part", linear.slots().dense(), schema.dense().size());
  }

  static void require(String what, long actual, long expected) {
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
  public static PublishedModel copyOf(Schema schema, ClickModel model) {
    return new PublishedModel(
        schema,
        model.network().map((Dlrm network) -> PublishedNetwork.copyOf(network)),
        model.linear().map(LinearPart::weights));
  }

  /**
   * This model with an update; this object does not change, and unchanged arrays are shared.
   *
   * @throws RefusedException if the update has other shapes or fields, or values that are not
   *     finite
   */
  public PublishedModel apply(ModelUpdate update) throws RefusedException {
    String name = update.header().name();
    try {
      require("networks", update.network().stream().count(), network.stream().count());
      require("linear parts", update.linear().stream().count(), linear.stream().count());
      PublishedModel changed =
          new PublishedModel(
              schema,
              network.map(part -> part.with(update.network().get())),
              linear.map(part -> with(part, update.linear().get())));
      ModelCheck.check(update, schema, name);
      return changed;
    } catch (IllegalArgumentException | UnsupportedOperationException e) {
      throw new RefusedException(
          RefusedException.Reason.SHAPES, name + ": " + JsonTree.shown(e.getMessage()), e);
    }
  }

  private static LinearWeights with(LinearWeights part, ModelUpdate.LinearChange change) {
    require("weights of the linear part", change.weights().length, change.slots().length);
    return part.with(change.slots(), change.weights());
  }

  /** Rows of the network's fields in schema order; empty without a network. */
  public List<FieldRows> fields() {
    return network.map(PublishedNetwork::fields).orElse(List.of());
  }
}
