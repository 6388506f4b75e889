package io.millrace.snapshot;

import io.millrace.snapshot.RefusedException.Reason;
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

  /**
   * This model with a further update; this object does not change.
   *
   * @throws RefusedException if the update belongs to another arm or other maps, or does not fit
   */
  public LoadedModel apply(ModelUpdate next) throws RefusedException {
    UpdateHeader header = next.header();
    if (!header.arm().equals(manifest.origin().arm())) {
      throw new RefusedException(
          Reason.ARM, header.name() + ": arm must be " + manifest.origin().arm());
    }
    if (header.mapVersion() != mapVersion()) {
      throw new RefusedException(
          Reason.MAPS,
          header.name()
              + ": map version must be "
              + mapVersion()
              + " but was "
              + header.mapVersion());
    }
    return new LoadedModel(folder, manifest, model.apply(next), Optional.of(header));
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
