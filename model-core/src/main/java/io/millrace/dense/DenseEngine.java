package io.millrace.dense;

import io.millrace.math.Products;

/** Creates {@link DenseNet}s that compute with one library. */
public interface DenseEngine {

  /** Name in settings and logs. */
  String name();

  /**
   * What computes networks of a shape on this machine, for people: the library with its version and
   * platform, such as {@code oneDNN 3.11.0 (linux-x86_64)}, and why, where it replaces a faster
   * one.
   */
  default String describe(MlpSpec spec) {
    return name();
  }

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
