package io.millrace.serving;

import io.millrace.kafka.ClientSettings;
import io.millrace.math.XxHash64;
import io.millrace.serving.UpdateTimeline.Back;
import io.millrace.serving.UpdateTimeline.Verdict;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.ModelMirror;
import io.millrace.snapshot.Pace;
import io.millrace.snapshot.Poller;
import io.millrace.snapshot.RefusedException;
import io.millrace.snapshot.RefusedException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the newest state of an arm's model, once there is one. It polls the pointer to the newest
 * version, loads and checks a new version while the old one is in use, and swaps them in one step.
 * If Kafka is given and the version names a topic of updates, it applies them, see {@link
 * UpdateTimeline}. What is refused is named once and counted; the old state stays.
 *
 * <p>A pinned version is served without updates, whatever is published, until it is unpinned. The
 * pin is a file in the arm's folder, so it outlives the server and holds for all servers.
 *
 * <p>A caller that needs the same state for several events must keep one {@link #current()}.
 */
public final class ModelFollower implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ModelFollower.class);

  /** How long a state that the student has gone back behind is served without a new version. */
  private static final Duration VOIDED_FOR = Duration.ofSeconds(10);

  /** Share of a processor for the reading of a version beside requests. */
  private static final double READING_SHARE = .2;

  private final Path modelOrArm;
  private final Optional<ClientSettings> kafka;

  private final VersionFolder versions;
  private final RefusalLog refusals = new RefusalLog();
  private final ServedState state;
  private Poller poller;
  private volatile UpdateReader reader;

  /** Held while versions are looked for and read, which may take long; the state is free then. */
  private final Object looking = new Object();

  private long seen;
  private volatile String said;
  private Optional<Back> voided = Optional.empty();
  private long voidedAt;
  private boolean wentBack;

  /**
   * A state of the model.
   *
   * @param scorer scores with it
   * @param loadedAt when its version was loaded, by this machine's clock
   * @param changedAt when the state came into use: the version, or its last update
   * @param updates updates applied since the version was loaded
   */
  public record Snapshot(Scorer scorer, Instant loadedAt, Instant changedAt, long updates) {}

  /**
   * A version in the arm's folder.
   *
   * @param number its number
   * @param active whether it is served, with or without updates
   * @param refused why it was refused; empty if it was not
   * @param manifest what it is; empty if its manifest is damaged
   */
  public record Version(
      long number, boolean active, Optional<Reason> refused, Optional<Manifest> manifest) {}

  /** Follows versions alone; as {@link #ModelFollower(Path, Optional)}. */
  public ModelFollower(Path modelOrArm) throws IOException {
    this(modelOrArm, Optional.empty());
  }

  /**
   * Loads the newest version, if there is one yet. If it is refused, the newest that is not.
   *
   * @param modelOrArm an arm's folder, which the first version may make; or the folder of a
   *     version, which is then the only one
   * @param kafka where updates are; empty to follow versions alone
   * @throws IOException if there are versions but all are refused, or the pinned one is
   */
  public ModelFollower(Path modelOrArm, Optional<ClientSettings> kafka) throws IOException {
    this(modelOrArm, kafka, HeapRoom::fits);
  }

  /**
   * The same for versions in a store, of which the mirror copies those that are served. Pins are
   * written into the store.
   */
  public ModelFollower(ModelMirror mirror, Optional<ClientSettings> kafka) throws IOException {
    this(mirror.folder(), Optional.of(mirror), kafka, HeapRoom::fits);
  }

  /** The same with what says whether there is memory for a version of so many bytes. */
  ModelFollower(Path modelOrArm, Optional<ClientSettings> kafka, LongPredicate fits)
      throws IOException {
    this(modelOrArm, Optional.empty(), kafka, fits);
  }

  private ModelFollower(
      Path modelOrArm,
      Optional<ModelMirror> mirror,
      Optional<ClientSettings> kafka,
      LongPredicate fits)
      throws IOException {
    this.modelOrArm = modelOrArm;
    this.versions = new VersionFolder(modelOrArm, mirror, fits);
    this.kafka = kafka;
    this.state = new ServedState(kafka.isPresent(), refusals);
    try {
      refresh();
    } catch (IOException e) {
      if (!loadOlder()) {
        throw e;
      }
      LOG.warn("{} is served, as the newest of {} is refused", state.named(), modelOrArm);
    }
  }

  private boolean loadOlder() throws IOException {
    if (state.pinned().isPresent() || !versions.isArm()) {
      return false;
    }
    for (Path folder : versions.newestFirst()) {
      try {
        state.use(versions.read(folder, Verdict.LOAD, pace()).model());
        return true;
      } catch (IOException e) {
        refused(folder, RefusedException.of(e));
      }
    }
    return false;
  }

  /** Scores with the newest state; empty until the first version is there. */
  public Optional<Scorer> current() {
    return state.snapshot().map(Snapshot::scorer);
  }

  /** The newest state; empty until the first version is there. */
  public Optional<Snapshot> snapshot() {
    return state.snapshot();
  }

  /** What was refused since the start. */
  public Refusals refused() {
    return refusals.counts();
  }

  /**
   * Why updates are not applied until a new version comes; empty if they are, or there are none.
   */
  public Optional<String> waitsFor() {
    return state.waitsFor();
  }

  /** Time since the topic of updates was read; empty if none is to be read. */
  public Optional<Duration> sinceUpdatesRead() {
    return Optional.ofNullable(state.start() == null ? null : reader).map(UpdateReader::sinceRead);
  }

  /** How often reading updates has failed, and begun again, since the start. */
  public long readFailures() {
    return Optional.ofNullable(reader).map(UpdateReader::failures).orElse(0L);
  }

  /** Number of the pinned version; empty if the newest one is followed. */
  public Optional<Long> pinned() throws IOException {
    return ModelFolder.pinned(modelOrArm).map(ModelFolder::number);
  }

  /**
   * Serves a version, whatever is published, until {@link #unpin}; also after a restart.
   *
   * @throws IOException if it does not exist or is refused; the pin is then as before
   */
  public void pin(long version) throws IOException {
    synchronized (looking) {
      Optional<Long> before = pinned();
      versions.pin(version);
      try {
        refresh();
      } catch (IOException e) {
        versions.pin(before);
        throw e;
      }
    }
  }

  /** Follows the newest version again, with its updates. */
  public void unpin() throws IOException {
    synchronized (looking) {
      versions.pin(Optional.empty());
      refresh();
    }
  }

  /** The versions in the folder, oldest first. */
  public List<Version> versions() throws IOException {
    return versions.list(current().map(Scorer::model), refusals);
  }

  /**
   * Looks for a new version, and for a pin, now.
   *
   * @return true if another version is in use now
   * @throws IOException if it is refused; the old one stays
   */
  public boolean refresh() throws IOException {
    synchronized (looking) {
      return lookForVersion();
    }
  }

  private boolean lookForVersion() throws IOException {
    versions.refresh();
    Optional<Path> pin = ModelFolder.pinned(modelOrArm);
    if (pin.isEmpty() && !ModelFolder.isPublished(modelOrArm)) {
      return false;
    }
    Path folder = pin.isPresent() ? pin.get() : ModelFolder.resolve(modelOrArm);
    if (!pin.equals(state.pinned())) {
      seen = 0;
      state.forget(pin);
    }
    long found = XxHash64.hash(Files.readAllBytes(folder.resolve(Manifest.FILE_NAME)), 0);
    if (found == seen) {
      return false;
    }
    try {
      boolean loaded = take(folder);
      seen = found;
      return loaded;
    } catch (IOException e) {
      RefusedException why = RefusedException.of(e);
      refused(folder, why);
      // a damaged file may be whole the next time, and memory free; a pin may be set again
      seen = VersionFolder.mayChange(why) || pin.isPresent() ? seen : found;
      throw e;
    }
  }

  /** Where records of updates go; visible for tests. */
  ServedState state() {
    return state;
  }

  /**
   * Serves the newest version at or before the interval that the student has gone back to, if what
   * is served is later and no version of the new epoch has come.
   *
   * @param after how long to wait for such a version, from the first call that needs one
   * @return whether it did
   */
  boolean goBack(Duration after) throws IOException {
    synchronized (looking) {
      Optional<Back> back = state.back();
      if (!back.equals(voided)) {
        voided = back;
        voidedAt = System.nanoTime();
        wentBack = false;
      }
      if (back.isEmpty() || wentBack || System.nanoTime() - voidedAt < after.toNanos()) {
        return false;
      }
      wentBack = true;
      return goBack(back.get());
    }
  }

  private boolean goBack(Back back) throws IOException {
    for (Path folder : versions.upTo(back)) {
      try {
        if (state.useIf(back, versions.read(folder, Verdict.LOAD, pace()).model())) {
          LOG.warn(
              "the student went back to {}, and no version came: {} is served",
              back,
              state.named());
          return true;
        }
      } catch (IOException e) {
        refused(folder, RefusedException.of(e));
      }
    }
    LOG.warn(
        "the student went back to {}, and there is no version up to it: {} stays",
        back,
        state.named());
    return false;
  }

  private void refused(Path folder, RefusedException why) {
    if (refusals.version(ModelFolder.number(folder), why)) {
      LOG.warn(
          "refused ({}): {}; {} is served", why.reason().key(), why.getMessage(), state.named());
    }
    said = why.getMessage();
  }

  /** Reads a version beside the state in use; updates go on meanwhile. */
  private boolean take(Path folder) throws IOException {
    Verdict before = state.decide(ModelFolder.manifest(folder));
    return state.swap(folder, versions.read(folder, before, pace()));
  }

  /** Beside requests that are answered, versions are read slowly. */
  private Pace pace() {
    return current().isPresent() ? new SlowPace(READING_SHARE) : Pace.full();
  }

  /** Polls, and reads updates, in the background until {@link #close}; call at most once. */
  public synchronized void follow(Duration interval) {
    poller = new Poller("model-follower");
    poller.poll(
        Math.max(1, interval.toMillis()), this::look, why -> LOG.warn("{}: {}", modelOrArm, why));
    reader = kafka.map(settings -> new UpdateReader(settings, state)).orElse(null);
  }

  private boolean look() throws IOException {
    try {
      refresh();
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).equals(said)) { // what is refused is said already
        throw e;
      }
    } finally {
      goBack(VOIDED_FOR);
    }
    return true;
  }

  @Override
  public void close() {
    Poller polls;
    UpdateReader reads;
    synchronized (this) {
      polls = poller;
      reads = reader;
    }
    if (polls != null) {
      polls.close();
    }
    if (reads != null) {
      reads.close();
    }
  }
}
