package io.millrace.dense.onednn;

import io.millrace.dense.DenseEngine;
import io.millrace.dense.DenseNet;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dense.DenseState;
import io.millrace.dense.MlpSpec;
import io.millrace.math.Products;

/** The engine on oneDNN: the fastest one on a processor, with one thread per network. */
public final class OneDnnEngine implements DenseEngine {
  /** Name of this engine in settings and logs. */
  public static final String NAME = "onednn";

  private final Dnnl library;

  /**
   * Loads the library.
   *
   * @throws IllegalStateException if it cannot be loaded
   */
  public OneDnnEngine() {
    this.library = Dnnl.loaded();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String describe(MlpSpec spec) {
    return library.description();
  }

  @Override
  public DenseNet create(MlpSpec spec, DenseOptimizer optimizer, long seed) {
    return new OneDnnNet(library, new DenseState(spec, optimizer, seed), optimizer);
  }

  @Override
  public Products products() {
    return new OneDnnProducts(library);
  }
}
