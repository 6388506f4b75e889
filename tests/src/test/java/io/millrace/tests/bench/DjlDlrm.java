package io.millrace.tests.bench;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import ai.djl.util.PairList;
import io.millrace.event.ClickEvent;
import io.millrace.snapshot.PublishedNetwork;
import io.millrace.table.StoredRows;
import java.util.List;

/**
 * The network of {@link ServedCriteo} as DJL's predictor runs it with libtorch, in as few calls as
 * we know: one table for all fields, one product for all interactions, a batch made in one array.
 * The rows of the ids are found as ours are.
 */
final class DjlDlrm implements AutoCloseable {
  private static final int VECTORS = ServedCriteo.FIELDS + 1;

  private final PublishedNetwork network;
  private final NDManager manager = NDManager.newBaseManager("PyTorch");
  private final Model model = Model.newInstance("dlrm", "PyTorch");
  private final Predictor<List<ClickEvent>, float[]> predictor;
  private final Predictor<ClickEvent, Float> stacking;
  private final NDArray table;
  private final NDArray[] bottom;
  private final NDArray[] top;
  private final NDArray pairs;

  DjlDlrm(PublishedNetwork network) {
    this.network = network;
    this.table = table();
    this.bottom = parameters(network.bottom().sizes(), network.bottomParameters());
    this.top = parameters(network.top().sizes(), network.topParameters());
    this.pairs = pairs();
    model.setBlock(new Network());
    this.predictor = model.newPredictor(new Events());
    this.stacking = model.newPredictor(new OneEvent());
  }

  private NDArray table() {
    int size = CriteoModel.ROWS * ServedCriteo.DIM;
    float[] all = new float[ServedCriteo.FIELDS * size];
    for (int f = 0; f < ServedCriteo.FIELDS; f++) {
      StoredRows.Dense rows = (StoredRows.Dense) network.fields().get(f).rows();
      System.arraycopy(rows.values(), 0, all, f * size, size);
    }
    return manager.create(all, new Shape(all.length / ServedCriteo.DIM, ServedCriteo.DIM));
  }

  private NDArray[] parameters(List<Integer> sizes, float[][] values) {
    NDArray[] arrays = new NDArray[values.length];
    for (int l = 0; l + 1 < sizes.size(); l++) {
      arrays[2 * l] = manager.create(values[2 * l], new Shape(sizes.get(l + 1), sizes.get(l)));
      arrays[2 * l + 1] = manager.create(values[2 * l + 1]);
    }
    return arrays;
  }

  /** Places of the strictly lower triangle in the flat product. */
  private NDArray pairs() {
    long[] places = new long[VECTORS * (VECTORS - 1) / 2];
    int next = 0;
    for (int i = 1; i < VECTORS; i++) {
      for (int j = 0; j < i; j++) {
        places[next++] = (long) i * VECTORS + j;
      }
    }
    return manager.create(places, new Shape(1, places.length));
  }

  /** Predicts as DJL's guide shows: a translator of one event, and DJL makes the batch. */
  List<Float> predictStacked(List<ClickEvent> events) {
    try {
      return stacking.batchPredict(events);
    } catch (TranslateException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Predicts with a translator of ours that makes the batch. */
  float[] predict(List<ClickEvent> events) {
    try {
      return predictor.predict(events);
    } catch (TranslateException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The forward pass. */
  private final class Network extends AbstractBlock {
    Network() {
      super((byte) 1);
    }

    @Override
    protected NDList forwardInternal(
        ParameterStore store, NDList in, boolean training, PairList<String, Object> parameters) {
      NDArray dense = in.get(0);
      long n = dense.getShape().get(0);
      NDArray first = mlp(dense, bottom);
      NDArray rows = Embedding.embedding(in.get(1), table, SparseFormat.DENSE).singletonOrThrow();
      NDArray v = first.expandDims(1).concat(rows, 1);
      NDArray products = v.matMul(v.transpose(0, 2, 1)).reshape(n, (long) VECTORS * VECTORS);
      NDArray lower = products.gather(pairs.broadcast(n, pairs.getShape().get(1)), 1);
      return new NDList(Activation.sigmoid(mlp(first.concat(lower, 1), top)));
    }

    private NDArray mlp(NDArray x, NDArray[] layers) {
      NDArray y = x;
      for (int l = 0; l < layers.length; l += 2) {
        y = Linear.linear(y, layers[l], layers[l + 1]).singletonOrThrow();
        y = l + 2 < layers.length ? Activation.relu(y) : y;
      }
      return y;
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
      return new Shape[] {new Shape(inputs[0].get(0), 1)};
    }
  }

  /** An event as two arrays, which DJL stacks. */
  private final class OneEvent implements Translator<ClickEvent, Float> {
    @Override
    public NDList processInput(TranslatorContext context, ClickEvent event) {
      return arrays(context.getNDManager(), List.of(event), true);
    }

    @Override
    public Float processOutput(TranslatorContext context, NDList list) {
      return list.singletonOrThrow().getFloat();
    }
  }

  /** A batch of events as two arrays. */
  private final class Events implements NoBatchifyTranslator<List<ClickEvent>, float[]> {
    @Override
    public NDList processInput(TranslatorContext context, List<ClickEvent> events) {
      return arrays(context.getNDManager(), events, false);
    }

    @Override
    public float[] processOutput(TranslatorContext context, NDList list) {
      return list.singletonOrThrow().toFloatArray();
    }
  }

  /** Dense values and rows of the one table; of a single event without its own dimension. */
  private NDList arrays(NDManager memory, List<ClickEvent> events, boolean single) {
    int n = events.size();
    float[] dense = new float[n * ServedCriteo.DENSE];
    long[] rows = new long[n * ServedCriteo.FIELDS];
    int[] found = new int[1];
    for (int e = 0; e < n; e++) {
      ClickEvent event = events.get(e);
      System.arraycopy(event.dense(), 0, dense, e * ServedCriteo.DENSE, ServedCriteo.DENSE);
      for (int f = 0; f < ServedCriteo.FIELDS; f++) {
        network.fields().get(f).lookUp(event.ids()[f], found);
        rows[e * ServedCriteo.FIELDS + f] = (long) f * CriteoModel.ROWS + found[0];
      }
    }
    return single
        ? new NDList(memory.create(dense), memory.create(rows))
        : new NDList(
            memory.create(dense, new Shape(n, ServedCriteo.DENSE)),
            memory.create(rows, new Shape(n, ServedCriteo.FIELDS)));
  }

  @Override
  public void close() {
    stacking.close();
    predictor.close();
    model.close();
    manager.close();
  }
}
