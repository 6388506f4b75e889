package io.millrace.snapshot;

import java.nio.file.Path;

/**
 * A published model as it was found in its folder.
 *
 * @param folder the version's folder
 * @param manifest its manifest
 * @param model its content
 */
public record LoadedModel(Path folder, Manifest manifest, PublishedModel model) {

  /** Number of the version. */
  public long version() {
    return manifest.origin().modelVersion();
  }

  /** The largest map version in use, 0 without maps. */
  public int mapVersion() {
    return manifest.origin().mapVersion();
  }
}
