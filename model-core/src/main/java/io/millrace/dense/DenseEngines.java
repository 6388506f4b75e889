package io.millrace.dense;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** Finds {@link DenseEngine}s by the name that settings use. */
public final class DenseEngines {
  private static final String AUTO = "auto";

  private DenseEngines() {}

  /**
   * Loads an engine.
   *
   * @param name {@code auto} (see {@link AutoEngine}), {@code plain}, or a provider's: {@code
   *     onednn}, {@code djl} (a graphics card if there is one, else the processor), {@code
   *     djl-cpu}, {@code djl-gpu}
   * @throws IllegalArgumentException if there is no engine of that name; the message lists them
   * @throws IllegalStateException if its native library or device is missing
   */
  public static DenseEngine of(String name) {
    if (name.equals(AUTO)) {
      return new AutoEngine();
    }
    if (name.equals(PlainEngine.NAME)) {
      return new PlainEngine();
    }
    for (DenseEngineProvider provider : providers()) {
      if (provider.name().equals(name)) {
        return provider.load();
      }
    }
    throw new IllegalArgumentException(
        "unknown dense engine '" + name + "', choose one of " + names());
  }

  /** All names that {@link #of} knows. */
  public static List<String> names() {
    List<String> names = new ArrayList<>(List.of(AUTO, PlainEngine.NAME));
    for (DenseEngineProvider provider : providers()) {
      names.add(provider.name());
    }
    return List.copyOf(names);
  }

  /** The providers that this class's loader finds, independent of the calling thread's loader. */
  private static Iterable<DenseEngineProvider> providers() {
    return ServiceLoader.load(DenseEngineProvider.class, DenseEngines.class.getClassLoader());
  }
}
