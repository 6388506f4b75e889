package io.millrace.dense;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * A trainable MLP on one thread, with its optimiser.
 *
 * <p>The caller runs {@code forward}, {@code backward}, {@code step} on one mini-batch after the
 * other; a {@code forward} without the other two is a prediction. All matrices are row-major {@code
 * float[batch * width]}; arrays may be longer than needed. Equal seeds and equal inputs give equal
 * bits on the same machine and engine.
 */
public interface DenseNet extends AutoCloseable {

  /** Shape of the network. */
  MlpSpec spec();

  /**
   * Name of the engine that computes, for logs and {@code run.json}: {@code plain}, {@code onednn},
   * ...
   */
  String engine();

  /**
   * Computes outputs and keeps what {@link #backward} needs.
   *
   * @param x inputs, {@code float[batch * inputs]}
   * @param batch number of examples, at least 1
   * @param y outputs, {@code float[batch * outputs]}, overwritten
   */
  void forward(float[] x, int batch, float[] y);

  /**
   * Computes the gradients of the parameters for the batch of the last {@link #forward}.
   *
   * @param dy gradient of the loss with respect to the outputs, {@code float[batch * outputs]}
   * @param batch number of examples, as in the last forward
   * @param dx gradient with respect to the inputs, {@code float[batch * inputs]}, overwritten; null
   *     if not needed
   */
  void backward(float[] dy, int batch, float[] dx);

  /** Applies the optimiser to the gradients of the last {@link #backward}. */
  void step();

  /**
   * Copies the parameters: per layer the weights {@code float[out * in]}, row-major, then the bias
   * {@code float[out]}.
   */
  float[][] parameters();

  /**
   * The parameters in the same order, for reading: not copied, valid until any other method is
   * called.
   */
  float[][] view();

  /**
   * Replaces the parameters; the state of the optimiser stays.
   *
   * @param parameters in the order and shapes of {@link #parameters}; copied
   */
  void setParameters(float[][] parameters);

  /**
   * Takes the parameters and the optimiser's state of a network that differs in its inputs alone,
   * of any engine. The weights of new inputs are 0, and so is their state: until they are learned,
   * the outputs are those of the other network.
   *
   * @param former keeps what it has
   * @param inputs for each input of this network that of {@code former}, or a negative number for a
   *     new one
   * @throws IllegalArgumentException if they differ in more than that, or {@code former} has no
   *     such input
   */
  void take(DenseNet former, int[] inputs);

  /** Bytes of parameters; with {@code training} also of gradients and optimiser state. */
  long bytes(boolean training);

  /** Writes parameters and optimiser state; {@link #readState} restores them to the bit. */
  void writeState(DataOutput out) throws IOException;

  /** Reads what {@link #writeState} wrote for the same {@link MlpSpec} and optimiser. */
  void readState(DataInput in) throws IOException;

  @Override
  void close();
}
