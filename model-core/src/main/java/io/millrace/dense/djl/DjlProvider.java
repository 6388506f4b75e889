package io.millrace.dense.djl;

import io.millrace.dense.DenseEngine;
import io.millrace.dense.DenseEngineProvider;

/** Offers {@code djl}: a graphics card if there is one, else the processor. */
public final class DjlProvider implements DenseEngineProvider {

  @Override
  public String name() {
    return "djl";
  }

  @Override
  public DenseEngine load() {
    return new DjlEngine(DjlEngine.Target.AUTO);
  }
}
