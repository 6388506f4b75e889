package io.millrace.dense;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * The common part of the networks of all engines: the {@link DenseState}, and checks of the order
 * of calls and of array lengths. Engines implement the three computations.
 */
public abstract class AbstractDenseNet implements DenseNet {
  /** Master copy of parameters and optimiser state. */
  protected final DenseState state;

  private int forwardBatch;
  private boolean gradientsReady;

  /** A network around the given state. */
  protected AbstractDenseNet(DenseState state) {
    this.state = state;
  }

  /** Computes {@link #forward}; arguments are checked. */
  protected abstract void computeForward(float[] x, int batch, float[] y);

  /** Computes {@link #backward}; arguments are checked. Fills the state's gradients. */
  protected abstract void computeBackward(float[] dy, int batch, float[] dx);

  /** Called after the state's parameters have changed. */
  protected abstract void parametersChanged();

  /**
   * Applies the gradients of the last backward. An engine that updates parameters of its own
   * overrides this and {@link #fetchParameters}.
   */
  protected void computeStep() {
    state.step();
    parametersChanged();
  }

  /** Updates the state's parameters before they are read. */
  protected void fetchParameters() {}

  @Override
  public final MlpSpec spec() {
    return state.spec();
  }

  @Override
  public final void forward(float[] x, int batch, float[] y) {
    if (batch < 1) {
      throw new IllegalArgumentException("batch must be >= 1 but was " + batch);
    }
    checkLength("x", x, batch, spec().inputs());
    checkLength("y", y, batch, spec().outputs());
    gradientsReady = false;
    computeForward(x, batch, y);
    forwardBatch = batch;
  }

  @Override
  public final void backward(float[] dy, int batch, float[] dx) {
    if (batch != forwardBatch) {
      throw new IllegalStateException(
          "backward of batch "
              + batch
              + " must follow a forward of the same batch, not of "
              + forwardBatch);
    }
    checkLength("dy", dy, batch, spec().outputs());
    if (dx != null) {
      checkLength("dx", dx, batch, spec().inputs());
    }
    computeBackward(dy, batch, dx);
    gradientsReady = true;
  }

  @Override
  public final void step() {
    if (!gradientsReady) {
      throw new IllegalStateException("step must follow a backward");
    }
    computeStep();
    forgetBatch();
  }

  @Override
  public final float[][] parameters() {
    fetchParameters();
    return state.copyOfParameters();
  }

  @Override
  public final float[][] view() {
    fetchParameters();
    return state.parameters();
  }

  @Override
  public final void setParameters(float[][] parameters) {
    fetchParameters();
    state.setParameters(parameters);
    parametersChanged();
    forgetBatch();
  }

  @Override
  public final void take(DenseNet former, int[] inputs) {
    if (!(former instanceof AbstractDenseNet other)) {
      throw new IllegalArgumentException(
          "a network must keep its state in DenseState to be taken over but was of engine "
              + former.engine());
    }
    other.fetchParameters();
    fetchParameters();
    state.take(other.state, inputs);
    parametersChanged();
    forgetBatch();
  }

  @Override
  public final long bytes(boolean training) {
    return state.bytes(training);
  }

  @Override
  public final void writeState(DataOutput out) throws IOException {
    fetchParameters();
    state.write(out);
  }

  @Override
  public final void readState(DataInput in) throws IOException {
    fetchParameters();
    state.read(in);
    parametersChanged();
    forgetBatch();
  }

  private void forgetBatch() {
    gradientsReady = false;
    forwardBatch = 0;
  }

  private static void checkLength(String name, float[] array, int batch, int width) {
    if (array.length < (long) batch * width) {
      throw new IllegalArgumentException(
          name + " must hold " + batch + " x " + width + " floats but has " + array.length);
    }
  }
}
