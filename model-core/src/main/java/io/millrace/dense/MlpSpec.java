package io.millrace.dense;

import java.io.Serializable;
import java.util.List;

/**
 * Shape of a multi-layer perceptron: {@code y = W_L relu(... relu(W_1 x + b_1) ...) + b_L}.
 *
 * @param sizes widths from the input to the output, at least two, each at least 1
 * @param reluLast whether the last layer has a ReLU, too, as in the bottom MLP of DLRM's paper;
 *     without it, outputs of both signs
 */
public record MlpSpec(List<Integer> sizes, boolean reluLast) implements Serializable {

  public MlpSpec {
    sizes = List.copyOf(sizes);
    if (sizes.size() < 2) {
      throw new IllegalArgumentException("an MLP needs at least 2 widths but was given " + sizes);
    }
    for (int size : sizes) {
      if (size < 1) {
        throw new IllegalArgumentException("each width must be >= 1 but was " + sizes);
      }
    }
  }

  /** Number of layers, one less than the widths. */
  public int layers() {
    return sizes.size() - 1;
  }

  /** Width of the input. */
  public int inputs() {
    return sizes.get(0);
  }

  /** Width of the output. */
  public int outputs() {
    return sizes.get(sizes.size() - 1);
  }

  /** Number of weights and biases. */
  public long parameters() {
    long n = 0;
    for (int l = 0; l < layers(); l++) {
      n += (long) sizes.get(l + 1) * (sizes.get(l) + 1);
    }
    return n;
  }
}
