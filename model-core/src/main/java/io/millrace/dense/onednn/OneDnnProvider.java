package io.millrace.dense.onednn;

import io.millrace.dense.DenseEngine;
import io.millrace.dense.DenseEngineProvider;

/** Offers {@code onednn}. */
public final class OneDnnProvider implements DenseEngineProvider {

  @Override
  public String name() {
    return OneDnnEngine.NAME;
  }

  @Override
  public DenseEngine load() {
    return new OneDnnEngine();
  }
}
