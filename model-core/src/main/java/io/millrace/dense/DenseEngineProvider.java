package io.millrace.dense;

/**
 * Offers an engine that lives in a leaf package with a native library; found by {@link
 * java.util.ServiceLoader}, so that this package imports none of them.
 */
public interface DenseEngineProvider {

  /** Name in settings, for example {@code djl-cpu}. */
  String name();

  /**
   * Loads the engine.
   *
   * @throws IllegalStateException with the reason, if its library or device is not there
   */
  DenseEngine load();
}
