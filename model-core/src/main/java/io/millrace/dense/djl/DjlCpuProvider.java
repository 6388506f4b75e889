package io.millrace.dense.djl;

import io.millrace.dense.DenseEngine;
import io.millrace.dense.DenseEngineProvider;

/** Offers {@code djl-cpu}. */
public final class DjlCpuProvider implements DenseEngineProvider {

  @Override
  public String name() {
    return "djl-cpu";
  }

  @Override
  public DenseEngine load() {
    return new DjlEngine(DjlEngine.Target.CPU);
  }
}
