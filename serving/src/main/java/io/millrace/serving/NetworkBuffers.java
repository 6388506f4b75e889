package io.millrace.serving;

import io.millrace.snapshot.FieldRows;
import io.millrace.snapshot.PublishedNetwork;
import java.util.Arrays;

/** Memory for the forward pass of a block of events; one thread at a time. */
final class NetworkBuffers {

  /** Most events in a block: their activations stay in the second-level cache. */
  static final int EVENTS = 64;

  /** Inputs of the bottom MLP; the rows belong to the events, or are those of {@link #merged}. */
  final float[][] dense = new float[EVENTS][];

  /** Dense values of which some come from a context. */
  final float[][] merged;

  /** Activations of the bottom MLP, by layer and event. */
  final float[][][] bottom;

  /** Output of the bottom MLP and the fields' vectors, {@code float[(fields + 1) * dim]} each. */
  final float[][] vectors;

  /** Inputs of the top MLP that are not shared, with room for {@link Kernel#products}. */
  final float[][] inputs;

  /** Activations of the top MLP, by layer and event. */
  final float[][][] top;

  /** What {@link io.millrace.table.StoredRows#touch} has read. */
  float read;

  /** Rows of an id. */
  final int[] found;

  NetworkBuffers(PublishedNetwork model, DenseLayer[] bottom, DenseLayer[] top) {
    int fields = model.fields().size();
    this.merged = new float[EVENTS][model.bottom().inputs()];
    this.bottom = activations(bottom);
    this.vectors = new float[EVENTS][(fields + 1) * model.dim()];
    this.inputs = new float[EVENTS][model.dim() + Products.room(fields + 1)];
    this.top = activations(top);
    this.found = new int[model.fields().stream().mapToInt(FieldRows::lookups).max().orElse(1)];
  }

  private static float[][][] activations(DenseLayer[] layers) {
    return Arrays.stream(layers).map(layer -> layer.rows(EVENTS)).toArray(float[][][]::new);
  }

  /** The outputs of the top MLP, one for each event. */
  float[][] logits() {
    return top[top.length - 1];
  }
}
