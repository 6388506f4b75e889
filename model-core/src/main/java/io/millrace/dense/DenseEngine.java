package io.millrace.dense;

import io.millrace.math.Products;

/** Makes {@link DenseNet}s: the one place that knows which library computes. */
public interface DenseEngine {

  /** Name for logs and {@code run.json}. */
  String name();

  /**
   * A network with DLRM's initial weights.
   *
   * @param spec shape
   * @param optimizer update rule
   * @param seed equal seeds give equal initial weights on every engine
   */
  DenseNet create(MlpSpec spec, DenseOptimizer optimizer, long seed);

  /**
   * What this engine has for the products outside of the networks, for one model.
   *
   * @return null if the loops in Java are to be used
   */
  default Products products() {
    return null;
  }
}
