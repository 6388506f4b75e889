package io.millrace.dense;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses per network by its size: {@code djl} (a graphics card if there is one) from {@value
 * #NATIVE_PARAMETERS} parameters on, {@code plain} below, where calls into the native library cost
 * more than they save. The choice depends on the shape only, never on a measurement at run time.
 *
 * <p>Measured at batch 128 on one AVX2 core: at 2 thousand parameters plain Java took half the time
 * of libtorch, at 8 thousand the same, at 11 thousand twice and at 55 thousand and above three
 * times.
 *
 * <p>Where the native library cannot be loaded every network is {@code plain}, with a warning.
 */
final class AutoEngine implements DenseEngine {
  /** Networks with at least so many weights and biases go to the native engine. */
  static final long NATIVE_PARAMETERS = 8_000;

  private static final String NATIVE = "djl";
  private static final Logger LOG = LoggerFactory.getLogger(AutoEngine.class);

  @Override
  public String name() {
    return "auto";
  }

  @Override
  public DenseNet create(MlpSpec spec, DenseOptimizer optimizer, long seed) {
    DenseNet net = engine(spec).create(spec, optimizer, seed);
    LOG.info("MLP {} with {} parameters runs on {}", spec, spec.parameters(), net.engine());
    return net;
  }

  private static DenseEngine engine(MlpSpec spec) {
    if (spec.parameters() < NATIVE_PARAMETERS) {
      return new PlainEngine();
    }
    try {
      return DenseEngines.of(NATIVE);
    } catch (IllegalStateException | IllegalArgumentException e) {
      LOG.warn("MLP {} runs on plain Java: {}", spec, e.getMessage());
      return new PlainEngine();
    }
  }
}
