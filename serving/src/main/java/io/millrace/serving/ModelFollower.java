package io.millrace.serving;

import io.millrace.math.XxHash64;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.Poller;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the newest version of an arm's model, once there is one. It polls the pointer, loads and
 * checks a new version while the old one is in use, and swaps them in one step. If loading fails,
 * the old version stays and the next poll tries again.
 *
 * <p>A caller that needs the same version for several events must keep one {@link #current()}.
 */
public final class ModelFollower implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ModelFollower.class);

  private final Path modelOrArm;
  private volatile Optional<Scorer> current = Optional.empty();
  private long seen;
  private Poller poller;

  /**
   * Loads the newest version, if there is one yet.
   *
   * @param modelOrArm an arm's folder, which the first version may make; or the folder of a
   *     version, which is then the only one
   * @throws IOException if the newest version is damaged
   */
  public ModelFollower(Path modelOrArm) throws IOException {
    this.modelOrArm = modelOrArm;
    refresh();
  }

  /** The newest version that could be loaded; empty until the first is there. */
  public Optional<Scorer> current() {
    return current;
  }

  /**
   * Looks for a new version now.
   *
   * @return true if a new version is in use now
   * @throws IOException if it cannot be loaded; the old one stays
   */
  public synchronized boolean refresh() throws IOException {
    if (!ModelFolder.isPublished(modelOrArm)) {
      return false;
    }
    Optional<Path> pinned = ModelFolder.pinned(modelOrArm);
    Path folder = pinned.isPresent() ? pinned.get() : ModelFolder.resolve(modelOrArm);
    byte[] manifest = Files.readAllBytes(folder.resolve(Manifest.FILE_NAME));
    long found = XxHash64.hash(manifest, 0);
    if (current.isPresent() && found == seen) {
      return false;
    }
    LoadedModel loaded = ModelFolder.open(folder);
    current = Optional.of(new Scorer(loaded));
    seen = found;
    LOG.info("serving {} version {}", loaded.manifest().origin().arm(), loaded.version());
    return true;
  }

  /** Polls in the background until {@link #close}; call at most once. */
  public synchronized void follow(Duration interval) {
    poller = new Poller("model-follower");
    poller.poll(
        Math.max(1, interval.toMillis()),
        () -> {
          refresh();
          return true;
        },
        why -> LOG.warn("{}: {}", problem(), why));
  }

  private String problem() {
    return current
            .map(stays -> "version " + stays.model().version() + " stays, as a newer one of ")
            .orElse("nothing is served, as the first version of ")
        + modelOrArm
        + " cannot be loaded";
  }

  @Override
  public synchronized void close() {
    if (poller != null) {
      poller.close();
    }
  }
}
