package io.millrace.dense;

/**
 * Provides an engine from a leaf package with a native library; found by {@link
 * java.util.ServiceLoader}, so that this package does not import the leaf packages.
 */
public interface DenseEngineProvider {

  /** Name in settings, for example {@code djl-cpu}. */
  String name();

  /**
   * Loads the engine.
   *
   * @throws IllegalStateException with the reason, if its library or device is missing
   */
  DenseEngine load();
}
