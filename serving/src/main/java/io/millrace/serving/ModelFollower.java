package io.millrace.serving;

import io.millrace.kafka.ClientSettings;
import io.millrace.math.XxHash64;
import io.millrace.serving.UpdateReader.Start;
import io.millrace.serving.UpdateTimeline.Place;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.Poller;
import io.millrace.snapshot.RefusedException;
import io.millrace.snapshot.RefusedException.Reason;
import io.millrace.snapshot.UpdateRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
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

  /** Most updates that wait for a version, and most bytes of them. */
  private static final int MOST_WAITING = 64;

  private static final long MOST_BYTES = 64L << 20;

  /** How much earlier than a version's file the topic is read, ms: clocks may differ. */
  private static final long EARLIER_MS = 60_000;

  private final Path modelOrArm;
  private final Optional<ClientSettings> kafka;
  private final VersionFolder versions;
  private final RefusalLog refusals = new RefusalLog();
  private volatile Optional<Snapshot> snapshot = Optional.empty();
  private volatile Start start;
  private UpdateTimeline timeline = new UpdateTimeline(MOST_WAITING, MOST_BYTES);
  private Optional<Path> pinned = Optional.empty();
  private Optional<String> waitsFor = Optional.empty();
  private long seen;
  private String said;
  private long starts;
  private long applied;
  private Poller poller;
  private UpdateReader reader;

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
    this.modelOrArm = modelOrArm;
    this.versions = new VersionFolder(modelOrArm);
    this.kafka = kafka;
    try {
      refresh();
    } catch (IOException e) {
      if (!loadOlder()) {
        throw e;
      }
      LOG.warn("{} is served, as the newest of {} is refused", named(), modelOrArm);
    }
  }

  private String named() {
    return snapshot
        .map(s -> s.scorer().model())
        .map(m -> "version " + m.version() + m.update().map(u -> ", " + u.name()).orElse(""))
        .orElse("no version");
  }

  private synchronized boolean loadOlder() throws IOException {
    if (pinned.isPresent() || !versions.isArm()) {
      return false;
    }
    for (Path folder : versions.newestFirst()) {
      try {
        load(folder);
        return true;
      } catch (IOException e) {
        refused(folder, RefusedException.of(e));
      }
    }
    return false;
  }

  /** Scores with the newest state; empty until the first version is there. */
  public Optional<Scorer> current() {
    return snapshot.map(Snapshot::scorer);
  }

  /** The newest state; empty until the first version is there. */
  public Optional<Snapshot> snapshot() {
    return snapshot;
  }

  /** What was refused since the start. */
  public Refusals refused() {
    return refusals.counts();
  }

  /**
   * Why updates are not applied until a new version comes; empty if they are, or there are none.
   */
  public synchronized Optional<String> waitsFor() {
    return waitsFor;
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
  public synchronized void pin(long version) throws IOException {
    Optional<Long> before = pinned();
    versions.pin(version);
    try {
      refresh();
    } catch (IOException e) {
      versions.pin(before);
      throw e;
    }
  }

  /** Follows the newest version again, with its updates. */
  public synchronized void unpin() throws IOException {
    ModelFolder.unpin(modelOrArm);
    refresh();
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
  public synchronized boolean refresh() throws IOException {
    Optional<Path> pin = ModelFolder.pinned(modelOrArm);
    if (pin.isEmpty() && !ModelFolder.isPublished(modelOrArm)) {
      return false;
    }
    Path folder = pin.isPresent() ? pin.get() : ModelFolder.resolve(modelOrArm);
    if (!pin.equals(pinned)) {
      forget();
      pinned = pin;
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
      // a damaged file may be whole the next time; a pin may be set again
      seen = why.reason() == Reason.DAMAGED || pin.isPresent() ? seen : found;
      throw e;
    }
  }

  /** What is served says nothing any more about what is to be served. */
  private void forget() {
    timeline = new UpdateTimeline(MOST_WAITING, MOST_BYTES);
    waitsFor = Optional.empty();
    start = null;
    seen = 0;
  }

  private void refused(Path folder, RefusedException why) {
    if (refusals.version(ModelFolder.number(folder), why)) {
      LOG.warn("refused ({}): {}; {} is served", why.reason().key(), why.getMessage(), named());
    }
    said = why.getMessage();
  }

  private boolean take(Path folder) throws IOException {
    Place place = Place.of(ModelFolder.manifest(folder));
    switch (timeline.decide(place)) {
      case LOAD -> load(folder);
      case RENAME -> rename(folder, place);
      case OLDER ->
          throw new RefusedException(
              Reason.OLDER,
              folder + ": a version must not be older than the one that is served, " + named());
      case SKIP -> {
        LOG.info("{} is left out, as the student has begun a newer epoch", folder);
        return false;
      }
    }
    refusals.loaded(place.version());
    return true;
  }

  private void load(Path folder) throws IOException {
    LoadedModel loaded = ModelFolder.open(folder);
    boolean again = timeline.loaded(Place.of(loaded.manifest()));
    Instant now = Instant.now();
    snapshot = Optional.of(new Snapshot(new Scorer(loaded), now, now, 0));
    LOG.info("serving {} version {}", loaded.manifest().origin().arm(), loaded.version());
    readUpdates(loaded, again);
    take(List.of());
  }

  /** A version whose state is served already: answers name it from now on. */
  private void rename(Path folder, Place place) throws IOException {
    Manifest manifest = ModelFolder.checked(folder);
    Snapshot now = snapshot.orElseThrow();
    LoadedModel model = now.scorer().model();
    LoadedModel renamed = new LoadedModel(folder, manifest, model.model(), model.update());
    timeline.renamed(place);
    Scorer scorer = new Scorer(renamed);
    snapshot = Optional.of(new Snapshot(scorer, now.loadedAt(), now.changedAt(), now.updates()));
  }

  private void readUpdates(LoadedModel loaded, boolean again) throws IOException {
    Optional<Origin.UpdatesAt> updates = loaded.manifest().origin().updates();
    if (kafka.isEmpty() || pinned.isPresent() || updates.isEmpty()) {
      start = null;
      return;
    }
    String topic = updates.get().topic();
    int partition = updates.get().partition();
    Start now = start;
    if (again || now == null || !now.topic().equals(topic) || now.partition() != partition) {
      Path manifest = loaded.folder().resolve(Manifest.FILE_NAME);
      long written = Files.getLastModifiedTime(manifest).toMillis();
      timeline.reread();
      start = new Start(++starts, topic, partition, written - EARLIER_MS);
    }
  }

  /** Where updates are to be read from; null to read none. */
  Start start() {
    return start;
  }

  /** Reads the topic again, from its beginning. */
  synchronized void readAgain(Start from) {
    if (from.equals(start)) {
      timeline.reread();
      start = new Start(++starts, from.topic(), from.partition(), Start.BEGINNING);
    }
  }

  /** Counts records that could not be read. */
  synchronized void damaged(long number, String fault, Start from) {
    refusals.damaged(number);
    LOG.warn("{} update(s) of {} are damaged or incomplete: {}", number, from.topic(), fault);
  }

  /** Takes records that were read from a start, in their order. */
  synchronized void take(List<UpdateRecord> records, Start from) {
    if (from.equals(start)) {
      take(records);
      if (timeline.gap() && from.time() != Start.BEGINNING) {
        readAgain(from);
      }
      noteWaiting();
    }
  }

  private void take(List<UpdateRecord> records) {
    Snapshot before = snapshot.orElseThrow();
    LoadedModel model = applyDue(before.scorer().model());
    for (UpdateRecord next : records) {
      if (isOwn(next)) {
        timeline.take(next);
        model = applyDue(model);
      }
    }
    if (applied > 0) {
      long updates = before.updates() + applied;
      snapshot =
          Optional.of(new Snapshot(new Scorer(model), before.loadedAt(), Instant.now(), updates));
    }
    applied = 0;
  }

  private boolean isOwn(UpdateRecord next) {
    String arm =
        next instanceof ModelUpdate update
            ? update.header().arm()
            : ((UpdateRecord.Reset) next).arm();
    String own = snapshot.orElseThrow().scorer().model().manifest().origin().arm();
    if (!arm.equals(own)) {
      refused(
          new RefusedException(
              Reason.ARM, "a record of updates of " + own + " must not be of the arm " + arm));
    }
    return arm.equals(own);
  }

  private LoadedModel applyDue(LoadedModel model) {
    LoadedModel changed = model;
    for (Optional<ModelUpdate> due = timeline.next(); due.isPresent(); due = timeline.next()) {
      try {
        changed = changed.apply(due.get());
        timeline.applied(due.get().header());
        applied++;
      } catch (RefusedException e) {
        timeline.refused(due.get().header());
        refused(e);
      }
    }
    return changed;
  }

  private void refused(RefusedException why) {
    if (refusals.update(why)) {
      LOG.warn("refused ({}): {}; {} is served", why.reason().key(), why.getMessage(), named());
    }
  }

  private void noteWaiting() {
    Optional<String> now = timeline.waitsFor();
    if (!now.equals(waitsFor)) {
      LOG.info("{} is served{}", named(), now.map(why -> " until there is " + why).orElse(""));
      waitsFor = now;
    }
  }

  /** Polls, and reads updates, in the background until {@link #close}; call at most once. */
  public synchronized void follow(Duration interval) {
    poller = new Poller("model-follower");
    poller.poll(
        Math.max(1, interval.toMillis()), this::look, why -> LOG.warn("{}: {}", modelOrArm, why));
    reader = kafka.map(settings -> new UpdateReader(settings, this)).orElse(null);
  }

  private boolean look() throws IOException {
    try {
      refresh();
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).equals(said)) { // what is refused is said already
        throw e;
      }
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
