package io.millrace.snapshot;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A published model as it was found in its folder, with the updates that came after it.
 *
 * @param folder the version's folder
 * @param manifest its manifest
 * @param model its content, with all updates up to {@code update}
 * @param update the last one that was applied; empty for the version as it was published
 */
public record LoadedModel(
    Path folder, Manifest manifest, PublishedModel model, Optional<UpdateHeader> update) {

  /** A version as it was published. */
  public LoadedModel(Path folder, Manifest manifest, PublishedModel model) {
    this(folder, manifest, model, Optional.empty());
  }

  /** Number of the version. */
  public long version() {
    return manifest.origin().modelVersion();
  }

  /** The largest map version in use, 0 without maps. */
  public int mapVersion() {
    return manifest.origin().mapVersion();
  }

  /** Time of the newest event learned from, ms; {@link Long#MIN_VALUE} if there was none. */
  public long lastEventTime() {
    return update.map(UpdateHeader::lastEventTime).orElse(manifest.origin().lastEventTime());
  }

  /** Events learned from. */
  public long eventsLearned() {
    return update.map(UpdateHeader::eventsLearned).orElse(manifest.origin().eventsLearned());
  }
}
