package io.millrace.dense.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;

import io.millrace.dense.AbstractDenseNet;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dense.DenseState;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_stream;

/**
 * An MLP with oneDNN's matrix products; the formulas are those of {@code PlainDenseNet}.
 *
 * <p>Operations that would need another pass over memory are fused into the products if the library
 * can: bias and ReLU into the forward product, and the whole update of SGD, {@code W -= lr dZ^T A},
 * into the product that would otherwise write the gradient. The updates of other rules run on the
 * host in {@link DenseState}, in parts while a layer's gradient is in the cache; LAMB, which needs
 * norms, layer by layer.
 *
 * <p>Parameters and activations are outside the heap. With SGD the native parameters are the
 * current ones, and the host's copy is updated when it is read.
 *
 * <p>Calls are compiled once for each batch size, which takes milliseconds. To avoid a compilation
 * for every odd size, such as that of the last batch of a window, a batch is padded with zeros to
 * an eighth of a power of two (100 to 112, 1025 to 1280), and {@value #BATCH_SIZES} sizes are kept.
 * In steady state nothing is allocated.
 *
 * <p>Equal calls give equal bits on one kind of processor. The library chooses the order of
 * summation by shape, so the last bits of an example's outputs may depend on the size of its batch,
 * but not on the other examples.
 */
final class OneDnnNet extends AbstractDenseNet {
  /** Number of padded batch sizes whose calls are kept. */
  private static final int BATCH_SIZES = 8;

  private static final int SMALLEST_BATCH = 16;

  /** Number of floats that are updated at a time. */
  private static final int PART = 1024;

  private final Dnnl library;
  private final dnnl_stream stream;
  private final DenseOptimizer optimizer;
  private final boolean sgd;
  private final int layers;
  private final NativeFloats[] weights;
  private final NativeFloats[] biases;

  /** Gradient of one layer's weights or bias, for the rules that are not fused; else null. */
  private final NativeFloats gradient;

  /** Parameters and gradients of one part, on the heap. */
  private final float[] partValues = new float[PART];

  private final float[] partGradients = new float[PART];

  /** {@code A_0 ... A_L}, {@code [capacity][width]}. */
  private final NativeFloats[] activations;

  /** {@code dX, dZ_1 ... dZ_L}, {@code [capacity][width]}. */
  private final NativeFloats[] deltas;

  /** {@code 1 ... 1}, {@code [capacity]}: times {@code dZ} it gives the gradient of the bias. */
  private NativeFloats ones;

  private final Map<Integer, Calls> callsByBatch = new HashMap<>();
  private Calls calls;
  private int capacity;
  private long thread = -1;
  private boolean hostStale;

  OneDnnNet(Dnnl library, DenseState state, DenseOptimizer optimizer) {
    super(state);
    this.library = library;
    this.stream = library.stream();
    this.optimizer = optimizer;
    this.sgd = optimizer.rule() == DenseOptimizer.Rule.SGD;
    this.layers = spec().layers();
    this.weights = new NativeFloats[layers];
    this.biases = new NativeFloats[layers];
    this.activations = new NativeFloats[layers + 1];
    this.deltas = new NativeFloats[layers + 1];
    int largest = 0;
    for (int l = 0; l < layers; l++) {
      weights[l] = new NativeFloats(state.weights(l).length);
      biases[l] = new NativeFloats(state.bias(l).length);
      largest = Math.max(largest, state.weights(l).length);
    }
    this.gradient = sgd ? null : new NativeFloats(largest);
    parametersChanged();
  }

  /** The calls for one padded batch size; index is the layer. */
  private final class Calls {
    final int batch;
    final Call[] forward = new Call[layers];
    final Call[] mask = new Call[layers];
    final Call[] inputGradient = new Call[layers];
    final Call[] weightGradient = new Call[layers];
    final Call[] biasGradient = new Call[layers];

    Calls(int batch) {
      this.batch = batch;
      Matrix column = Matrix.of(ones, 1, batch);
      for (int l = 0; l < layers; l++) {
        int in = width(l);
        int out = width(l + 1);
        Matrix a = Matrix.of(activations[l], batch, in);
        Matrix z = Matrix.of(activations[l + 1], batch, out);
        Matrix da = Matrix.of(deltas[l], batch, in);
        Matrix dz = Matrix.of(deltas[l + 1], batch, out);
        Matrix w = Matrix.of(weights[l], out, in);
        Matrix b = Matrix.of(biases[l], 1, out);
        forward[l] = library.layer(stream, a, w.transposed(), b, z, hasRelu(l));
        if (hasRelu(l)) {
          mask[l] = library.mask(stream, z, dz);
        }
        inputGradient[l] = library.product(stream, dz, w, da);
        if (sgd) {
          float step = (float) -optimizer.learningRate();
          weightGradient[l] = library.addProduct(stream, step, dz.transposed(), a, w);
          biasGradient[l] = library.addProduct(stream, step, column, dz, b);
        } else {
          Matrix dw = Matrix.of(gradient, out, in);
          Matrix db = Matrix.of(gradient, 1, out);
          weightGradient[l] = library.product(stream, dz.transposed(), a, dw);
          biasGradient[l] = library.product(stream, column, dz, db);
        }
      }
    }

    void close() {
      closeAll(forward);
      closeAll(mask);
      closeAll(inputGradient);
      closeAll(weightGradient);
      closeAll(biasGradient);
    }
  }

  @Override
  public String engine() {
    return OneDnnEngine.NAME;
  }

  @Override
  protected void computeForward(float[] x, int batch, float[] y) {
    prepare(batch);
    activations[0].putPadded(x, batch * width(0), calls.batch * width(0));
    for (Call call : calls.forward) {
      call.run();
    }
    activations[layers].copyTo(0, y, batch * width(layers));
  }

  @Override
  protected void computeBackward(float[] dy, int batch, float[] dx) {
    bindThread();
    deltas[layers].putPadded(dy, batch * width(layers), calls.batch * width(layers));
    for (int l = layers - 1; l >= 0; l--) {
      if (calls.mask[l] != null) {
        calls.mask[l].run();
      }
      if (l > 0 || dx != null) {
        calls.inputGradient[l].run();
      }
    }
    if (dx != null) {
      deltas[0].copyTo(0, dx, batch * width(0));
    }
  }

  /** Computes the gradients of the parameters and applies them; with SGD in one product. */
  @Override
  protected void computeStep() {
    bindThread();
    if (!state.elementwise()) {
      fetchGradients();
      super.computeStep();
      return;
    }
    state.countStep();
    for (int l = 0; l < layers; l++) {
      calls.weightGradient[l].run();
      if (!sgd) {
        stepInParts(l, false, weights[l], state.weights(l).length);
      }
      calls.biasGradient[l].run();
      if (!sgd) {
        stepInParts(l, true, biases[l], state.bias(l).length);
      }
    }
    hostStale = true;
  }

  private void fetchGradients() {
    for (int l = 0; l < layers; l++) {
      calls.weightGradient[l].run();
      gradient.copyTo(0, state.weightGradient(l), state.weights(l).length);
      calls.biasGradient[l].run();
      gradient.copyTo(0, state.biasGradient(l), state.bias(l).length);
    }
  }

  /** Applies the rule part by part, so that each part stays in the first-level cache. */
  private void stepInParts(int layer, boolean bias, NativeFloats values, int length) {
    for (int from = 0; from < length; from += PART) {
      int n = Math.min(PART, length - from);
      values.copyTo(from, partValues, n);
      gradient.copyTo(from, partGradients, n);
      state.stepPart(layer, bias, from, partValues, partGradients, n);
      values.copyFrom(partValues, from, n);
    }
  }

  @Override
  protected void fetchParameters() {
    if (!hostStale) {
      return;
    }
    for (int l = 0; l < layers; l++) {
      weights[l].copyTo(0, state.weights(l), state.weights(l).length);
      biases[l].copyTo(0, state.bias(l), state.bias(l).length);
    }
    hostStale = false;
  }

  @Override
  protected void parametersChanged() {
    for (int l = 0; l < layers; l++) {
      weights[l].put(state.weights(l));
      biases[l].put(state.bias(l));
    }
    hostStale = false;
  }

  @Override
  public void close() {
    closeCalls();
    closeAll(activations);
    closeAll(deltas);
    closeAll(ones);
    closeAll(weights);
    closeAll(biases);
    closeAll(gradient);
    dnnl_stream_destroy(stream);
  }

  private int width(int i) {
    return spec().sizes().get(i);
  }

  private boolean hasRelu(int layer) {
    return layer < layers - 1 || spec().reluLast();
  }

  /** Finds or compiles the calls for a batch. */
  private void prepare(int batch) {
    bindThread();
    int padded = padded(batch);
    if (padded > capacity) {
      grow(padded);
    }
    calls = callsByBatch.get(padded);
    if (calls == null) {
      if (callsByBatch.size() == BATCH_SIZES) {
        closeCalls();
      }
      calls = new Calls(padded);
      callsByBatch.put(padded, calls);
    }
  }

  /** The next multiple of an eighth of the power of two that is not below {@code batch}. */
  static int padded(int batch) {
    if (batch <= SMALLEST_BATCH) {
      return SMALLEST_BATCH;
    }
    int step = Integer.highestOneBit(batch - 1) / 4;
    return Math.multiplyExact((batch - 1) / step + 1, step);
  }

  private void bindThread() {
    long current = Thread.currentThread().getId();
    if (current != thread) {
      library.useOneThread();
      thread = current;
    }
  }

  private void grow(int batch) {
    closeCalls();
    closeAll(activations);
    closeAll(deltas);
    closeAll(ones);
    for (int i = 0; i <= layers; i++) {
      activations[i] = new NativeFloats(Math.multiplyExact(batch, width(i)));
      deltas[i] = new NativeFloats(Math.multiplyExact(batch, width(i)));
    }
    ones = new NativeFloats(batch);
    float[] values = new float[batch];
    Arrays.fill(values, 1);
    ones.put(values);
    capacity = batch;
  }

  private void closeCalls() {
    callsByBatch.values().forEach(Calls::close);
    callsByBatch.clear();
  }

  private static void closeAll(AutoCloseable... resources) {
    for (AutoCloseable resource : resources) {
      closeOne(resource);
    }
  }

  private static void closeOne(AutoCloseable resource) {
    if (resource instanceof Call call) {
      call.close();
    } else if (resource instanceof NativeFloats floats) {
      floats.close();
    }
  }
}
