package io.millrace.dense.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Linear;
import io.millrace.dense.AbstractDenseNet;
import io.millrace.dense.DenseState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An MLP whose matrix products run in libtorch; the formulas are those of {@code PlainDenseNet}.
 *
 * <p>The backward pass is our own: a few native calls per layer, without DJL's process-wide
 * gradient collector, so that networks on different threads are independent. The update runs on the
 * host in {@link DenseState}, as for every engine; with a graphics card, gradients and parameters
 * cross the bus once per step (4 bytes per parameter and direction).
 *
 * <p>Memory: parameters and inputs are passed in direct buffers aligned to 64 bytes, because the
 * matrix library's order of summation, and so the last bit, may depend on alignment. On the
 * processor tensors share that memory; on a card they are copies. Every native tensor of a step
 * belongs to a manager that closes with the next forward; a network must be closed to free the last
 * one.
 */
final class DjlDenseNet extends AbstractDenseNet {
  private static final int ALIGNMENT = 64;

  private final String engine;
  private final NDManager root;
  private final int layers;
  private final ByteBuffer[] weightBuffers;
  private final ByteBuffer[] biasBuffers;
  private final NDArray[] weights;
  private final NDArray[] biases;

  /** {@code A_0 ... A_L} of the last forward, owned by {@link #batchManager}. */
  private final NDArray[] activations;

  private ByteBuffer inputBuffer = aligned(0);
  private ByteBuffer gradientBuffer = aligned(0);
  private NDManager parameterManager;
  private NDManager batchManager;

  DjlDenseNet(DenseState state, Device device, String engine) {
    super(state);
    this.engine = engine;
    this.root = NDManager.newBaseManager(device, "PyTorch");
    this.layers = state.spec().layers();
    this.weightBuffers = new ByteBuffer[layers];
    this.biasBuffers = new ByteBuffer[layers];
    this.weights = new NDArray[layers];
    this.biases = new NDArray[layers];
    this.activations = new NDArray[layers + 1];
    for (int l = 0; l < layers; l++) {
      weightBuffers[l] = aligned(state.weights(l).length);
      biasBuffers[l] = aligned(state.bias(l).length);
    }
    parametersChanged();
  }

  @Override
  public String engine() {
    return engine;
  }

  @Override
  protected void computeForward(float[] x, int batch, float[] y) {
    closeBatch();
    batchManager = root.newSubManager();
    int inputs = spec().inputs();
    inputBuffer = grown(inputBuffer, batch * inputs);
    activations[0] = tensor(batchManager, inputBuffer, x, batch, inputs);
    for (int l = 0; l < layers; l++) {
      NDArray z = Linear.linear(activations[l], weights[l], biases[l]).singletonOrThrow();
      activations[l + 1] = hasRelu(l) ? Activation.relu(z) : z;
    }
    copy(activations[layers], y, batch * spec().outputs());
  }

  @Override
  protected void computeBackward(float[] dy, int batch, float[] dx) {
    try (NDManager manager = batchManager.newSubManager()) {
      int outputs = spec().outputs();
      gradientBuffer = grown(gradientBuffer, batch * outputs);
      NDArray delta = tensor(manager, gradientBuffer, dy, batch, outputs);
      for (int l = layers - 1; l >= 0; l--) {
        if (hasRelu(l)) {
          delta = delta.mul(positive(manager, activations[l + 1]));
        }
        float[] weightGradient = state.weightGradient(l);
        copy(delta.transpose().matMul(activations[l]), weightGradient, weightGradient.length);
        float[] biasGradient = state.biasGradient(l);
        copy(delta.sum(new int[] {0}), biasGradient, biasGradient.length);
        if (l > 0 || dx != null) {
          delta = delta.matMul(weights[l]);
        }
      }
      if (dx != null) {
        copy(delta, dx, batch * spec().inputs());
      }
    }
  }

  /** 1 where the activation is above 0, else 0, owned by {@code manager}. */
  private static NDArray positive(NDManager manager, NDArray activation) {
    NDArray mask = activation.gt(0);
    mask.attach(manager);
    return mask;
  }

  @Override
  protected void parametersChanged() {
    closeBatch();
    if (parameterManager != null) {
      parameterManager.close();
    }
    parameterManager = root.newSubManager();
    for (int l = 0; l < layers; l++) {
      int in = spec().sizes().get(l);
      int out = spec().sizes().get(l + 1);
      weights[l] = tensor(parameterManager, weightBuffers[l], state.weights(l), out, in);
      biases[l] = vector(parameterManager, biasBuffers[l], state.bias(l));
    }
  }

  @Override
  public void close() {
    root.close();
  }

  private boolean hasRelu(int layer) {
    return layer < layers - 1 || spec().reluLast();
  }

  private void closeBatch() {
    if (batchManager != null) {
      batchManager.close();
      batchManager = null;
    }
  }

  /** A matrix over {@code buffer}, which is first filled with values from {@code from}. */
  private static NDArray tensor(
      NDManager manager, ByteBuffer buffer, float[] from, int rows, int columns) {
    buffer.asFloatBuffer().put(from, 0, rows * columns);
    return manager.create(
        buffer.slice(0, rows * columns * Float.BYTES).order(buffer.order()),
        new Shape(rows, columns),
        DataType.FLOAT32);
  }

  private static NDArray vector(NDManager manager, ByteBuffer buffer, float[] from) {
    buffer.asFloatBuffer().put(from);
    return manager.create(buffer, new Shape(from.length), DataType.FLOAT32);
  }

  private static void copy(NDArray from, float[] to, int count) {
    from.toByteBuffer(true).asFloatBuffer().get(to, 0, count);
  }

  private static ByteBuffer grown(ByteBuffer buffer, int floats) {
    return buffer.capacity() >= (long) floats * Float.BYTES ? buffer : aligned(floats);
  }

  private static ByteBuffer aligned(int floats) {
    int bytes = Math.multiplyExact(floats, Float.BYTES);
    return ByteBuffer.allocateDirect(Math.addExact(bytes, 2 * ALIGNMENT))
        .alignedSlice(ALIGNMENT)
        .slice(0, bytes)
        .order(ByteOrder.nativeOrder());
  }
}
