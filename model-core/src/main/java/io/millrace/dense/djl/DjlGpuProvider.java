package io.millrace.dense.djl;

import io.millrace.dense.DenseEngine;
import io.millrace.dense.DenseEngineProvider;
import java.nio.file.Files;
import java.nio.file.Path;

/** Offers {@code djl-gpu}. */
public final class DjlGpuProvider implements DenseEngineProvider {
  private static final Path DRIVER = Path.of("/dev/nvidiactl");

  @Override
  public String name() {
    return "djl-gpu";
  }

  /** Looks for the card's driver first, because loading libtorch takes seconds. */
  @Override
  public DenseEngine load() {
    if (!Files.exists(DRIVER)) {
      throw new IllegalStateException("engine djl-gpu needs a graphics card: no " + DRIVER);
    }
    return new DjlEngine(DjlEngine.Target.GPU);
  }
}
