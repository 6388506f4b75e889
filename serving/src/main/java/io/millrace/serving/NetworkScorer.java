package io.millrace.serving;

import io.millrace.dense.MlpSpec;
import io.millrace.event.ClickEvent;
import io.millrace.snapshot.FieldRows;
import io.millrace.snapshot.PublishedNetwork;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The forward pass of a published DLRM; the network is drawn at {@link io.millrace.dlrm.Dlrm}. What
 * events share is computed once, see {@link SharedPart}. Thread-safe: calls take their buffers from
 * a pool.
 */
final class NetworkScorer {

  /** Input of the bottom MLP of a schema without dense columns. */
  private static final float[] CONSTANT = {1};

  private final PublishedNetwork model;
  private final int denseColumns;
  private final DenseLayer[] bottom;
  private final DenseLayer[] top;
  private final Queue<NetworkBuffers> pool = new ConcurrentLinkedQueue<>();
  private final SharedPart nothing;

  /**
   * Prepares a network; copies the weights of its MLPs.
   *
   * @param denseColumns of the schema; without any, the bottom MLP's input is the constant 1
   */
  NetworkScorer(PublishedNetwork model, int denseColumns) {
    this.model = model;
    this.denseColumns = denseColumns;
    this.bottom = layers(model.bottom(), model.bottomParameters());
    this.top = layers(model.top(), model.topParameters());
    this.nothing = share(empty(model.fields().size(), denseColumns), SharedColumns.none());
  }

  private static ClickEvent empty(int fields, int denseColumns) {
    return new ClickEvent(0, 0, new float[denseColumns], new long[0], new int[fields + 1]);
  }

  private static DenseLayer[] layers(MlpSpec spec, float[][] parameters) {
    DenseLayer[] layers = new DenseLayer[spec.layers()];
    for (int l = 0; l < layers.length; l++) {
      boolean relu = l < layers.length - 1 || spec.reluLast();
      layers[l] = new DenseLayer(parameters[2 * l], parameters[2 * l + 1], relu);
    }
    return layers;
  }

  /**
   * Computes what depends on a context alone.
   *
   * @param context an event; only its columns {@code columns} are read
   */
  SharedPart share(ClickEvent context, SharedColumns columns) {
    NetworkBuffers buffers = take();
    float[] vectors = new float[(model.fields().size() + 1) * model.dim()];
    boolean whole = columns.dense().cardinality() == denseColumns;
    if (whole) {
      float[][] x = {denseColumns == 0 ? CONSTANT : context.dense()};
      System.arraycopy(run(bottom, x, 1, buffers.bottom)[0], 0, vectors, 0, model.dim());
    }
    columns.fields().stream().forEach(f -> addVectors(context, f, buffers.found, vectors));
    pool.add(buffers);
    float[] dense = whole ? new float[0] : context.dense();
    return new SharedPart(model.dim(), top[0], columns, dense, vectors);
  }

  /** Logits of events that share nothing. */
  void logits(List<ClickEvent> events, float[] logits) {
    logits(nothing, events, logits);
  }

  /**
   * Computes logits.
   *
   * @param shared what the events share
   * @param events of which only the columns that are not shared are read
   * @param logits receives them, in the order of the events
   */
  void logits(SharedPart shared, List<ClickEvent> events, float[] logits) {
    NetworkBuffers buffers = take();
    for (int from = 0; from < events.size(); from += NetworkBuffers.EVENTS) {
      int to = Math.min(events.size(), from + NetworkBuffers.EVENTS);
      block(shared, events.subList(from, to), buffers);
      for (int e = from; e < to; e++) {
        logits[e] = buffers.logits()[e - from][0];
      }
    }
    pool.add(buffers);
  }

  private NetworkBuffers take() {
    NetworkBuffers free = pool.poll();
    return free != null ? free : new NetworkBuffers(model, bottom, top);
  }

  private void block(SharedPart shared, List<ClickEvent> events, NetworkBuffers buffers) {
    int n = events.size();
    shared.begin(buffers.vectors, n);
    if (!shared.wholeDense()) {
      for (int e = 0; e < n; e++) {
        buffers.dense[e] = shared.dense(events.get(e), buffers.merged[e]);
      }
      float[][] out = run(bottom, buffers.dense, n, buffers.bottom);
      for (int e = 0; e < n; e++) {
        System.arraycopy(out[e], 0, buffers.vectors[e], 0, model.dim());
      }
    }
    for (int f : shared.ownFields()) {
      touch(events, f, buffers);
    }
    for (int f : shared.ownFields()) {
      for (int e = 0; e < n; e++) {
        addVectors(events.get(e), f, buffers.found, buffers.vectors[e]);
      }
    }
    shared.firstLayer(buffers.vectors, n, buffers.inputs, buffers.top[0]);
    for (int l = 1; l < top.length; l++) {
      top[l].forward(buffers.top[l - 1], n, buffers.top[l]);
    }
  }

  /** The outputs of an MLP, which lie in the last of {@code buffers}. */
  private static float[][] run(DenseLayer[] layers, float[][] x, int n, float[][][] buffers) {
    float[][] in = x;
    for (int l = 0; l < layers.length; l++) {
      layers[l].forward(in, n, buffers[l]);
      in = buffers[l];
    }
    return in;
  }

  /** Reads the first rows of a field once before they are added one after the other. */
  private void touch(List<ClickEvent> events, int f, NetworkBuffers buffers) {
    FieldRows field = model.fields().get(f);
    float read = 0;
    for (int e = 0; e < events.size(); e++) {
      ClickEvent event = events.get(e);
      int n = field.lookUp(event.ids()[event.offsets()[f]], buffers.found);
      for (int h = 0; h < n; h++) {
        read += field.rows().touch(buffers.found[h]);
      }
    }
    buffers.read += read;
  }

  private void addVectors(ClickEvent event, int f, int[] found, float[] v) {
    FieldRows field = model.fields().get(f);
    int to = (f + 1) * model.dim();
    for (int i = event.offsets()[f]; i < event.offsets()[f + 1]; i++) {
      int n = field.lookUp(event.ids()[i], found);
      field.combine().add(field.rows(), found, n, v, to);
    }
  }
}
