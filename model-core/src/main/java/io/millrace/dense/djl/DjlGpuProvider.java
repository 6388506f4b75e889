package io.millrace.dense.djl;

import io.millrace.dense.DenseEngine;
import io.millrace.dense.DenseEngineProvider;

/** Offers {@code djl-gpu}. */
public final class DjlGpuProvider implements DenseEngineProvider {

  @Override
  public String name() {
    return "djl-gpu";
  }

  @Override
  public DenseEngine load() {
    return new DjlEngine(DjlEngine.Target.GPU);
  }
}
