package io.millrace.dense.cublas;

import io.millrace.dense.AbstractDenseNet;
import io.millrace.dense.DenseState;
import io.millrace.dense.MlpSpec;

/**
 * An MLP whose matrix products run on the first graphics card, in cuBLAS; the formulas are those of
 * {@code PlainDenseNet}. Parameters are updated on the host and copied to the card after each step.
 * The path of the native library is in the system property {@code millrace.cublas}.
 */
final class CublasNet extends AbstractDenseNet {

  static {
    System.load(System.getProperty("millrace.cublas"));
  }

  private final int layers;
  private long handle;

  CublasNet(DenseState state) {
    super(state);
    MlpSpec spec = state.spec();
    this.layers = spec.layers();
    int[] sizes = spec.sizes().stream().mapToInt(Integer::intValue).toArray();
    this.handle = create(sizes, spec.reluLast());
    parametersChanged();
  }

  @Override
  public String engine() {
    return "cublas";
  }

  @Override
  protected void computeForward(float[] x, int batch, float[] y) {
    forward(handle, x, batch, y);
  }

  @Override
  protected void computeBackward(float[] dy, int batch, float[] dx) {
    float[][] gradients = new float[2 * layers][];
    for (int l = 0; l < layers; l++) {
      gradients[2 * l] = state.weightGradient(l);
      gradients[2 * l + 1] = state.biasGradient(l);
    }
    backward(handle, dy, batch, dx, gradients);
  }

  @Override
  protected void parametersChanged() {
    for (int l = 0; l < layers; l++) {
      setParameters(handle, l, state.weights(l), state.bias(l));
    }
  }

  @Override
  public void close() {
    if (handle != 0) {
      destroy(handle);
      handle = 0;
    }
  }

  /** Makes a network on the card, without parameters. */
  private static native long create(int[] sizes, boolean reluLast);

  private static native void setParameters(long handle, int layer, float[] weights, float[] bias);

  private static native void forward(long handle, float[] x, int batch, float[] y);

  /**
   * Gradients of the last forward.
   *
   * @param dx null if not needed
   * @param gradients of the weights and the bias of each layer, overwritten
   */
  private static native void backward(
      long handle, float[] dy, int batch, float[] dx, float[][] gradients);

  private static native void destroy(long handle);
}
