package io.millrace.dense;

import io.millrace.math.Products;

/** Creates {@link DenseNet}s that compute with one library. */
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
   * The engine's matrix products for use outside the networks, for one model.
   *
   * @return null to use loops in Java
   */
  default Products products() {
    return null;
  }
}
