package io.millrace.dense;

import io.millrace.math.Products;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses an engine for each network by its size, never by measurements at run time: {@code plain}
 * below {@value #NATIVE_PARAMETERS} parameters; from there on {@code onednn}; and {@code djl-gpu}
 * from {@value #GPU_PARAMETERS} on if libtorch can use a graphics card.
 *
 * <p>Measured at batch 128 on one AVX-512 core, a step of {@code plain} took 2.2 times that of
 * {@code onednn} at 76 parameters, 3.9 times at 700 and 3.6 times at 16 thousand; at batch 16 they
 * are equal at 700. {@code djl-cpu} took 8, 6 and 2.2 times.
 *
 * <p>If oneDNN cannot be loaded, {@code djl-cpu} replaces it for large networks and {@code plain}
 * for others, with a warning.
 */
final class AutoEngine implements DenseEngine {
  /** Networks with fewer weights and biases are {@code plain}. */
  static final long NATIVE_PARAMETERS = 500;

  /** Networks with at least as many parameters may run on a graphics card or in libtorch. */
  static final long GPU_PARAMETERS = 8_000;

  private static final String GPU = "djl-gpu";
  private static final Logger LOG = LoggerFactory.getLogger(AutoEngine.class);

  @Override
  public String name() {
    return "auto";
  }

  @Override
  public DenseNet create(MlpSpec spec, DenseOptimizer optimizer, long seed) {
    Choice choice = choose(spec);
    if (!choice.missing().isEmpty()) {
      LOG.warn("MLP {} runs on {}: {}", spec, choice.engine().describe(spec), choice.missing());
    }
    return choice.engine().create(spec, optimizer, seed);
  }

  @Override
  public String describe(MlpSpec spec) {
    Choice choice = choose(spec);
    String name = choice.engine().describe(spec);
    if (spec.parameters() < NATIVE_PARAMETERS) {
      return name + " for MLPs of fewer than " + NATIVE_PARAMETERS + " parameters";
    }
    return choice.missing().isEmpty() ? name : name + " (" + choice.missing() + ")";
  }

  /** The products of oneDNN if it can be loaded. */
  @Override
  public Products products() {
    try {
      return DenseEngines.of("onednn").products();
    } catch (IllegalStateException | IllegalArgumentException e) {
      LOG.debug("products run on plain Java: {}", e.getMessage());
      return null;
    }
  }

  /**
   * The engine for a shape.
   *
   * @param engine the first one that can be loaded
   * @param missing why those that should come first cannot, apart from a graphics card; empty if
   *     none is missing
   */
  private record Choice(DenseEngine engine, String missing) {}

  private static Choice choose(MlpSpec spec) {
    if (spec.parameters() < NATIVE_PARAMETERS) {
      return new Choice(new PlainEngine(), "");
    }
    boolean large = spec.parameters() >= GPU_PARAMETERS;
    List<String> names = large ? List.of(GPU, "onednn", "djl-cpu") : List.of("onednn");
    List<String> missing = new ArrayList<>();
    for (String name : names) {
      try {
        return new Choice(DenseEngines.of(name), String.join("; ", missing));
      } catch (IllegalStateException | IllegalArgumentException e) {
        LOG.debug("MLP {} cannot run on {}: {}", spec, name, e.getMessage());
        if (!name.equals(GPU)) {
          missing.add(e.getMessage());
        }
      }
    }
    return new Choice(new PlainEngine(), String.join("; ", missing));
  }
}
