package io.millrace.serving;

import io.millrace.serving.ModelFollower.Snapshot;
import io.millrace.serving.UpdateReader.Start;
import io.millrace.serving.UpdateTimeline.Back;
import io.millrace.serving.UpdateTimeline.Place;
import io.millrace.serving.UpdateTimeline.Verdict;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.Origin;
import io.millrace.snapshot.RefusedException;
import io.millrace.snapshot.RefusedException.Reason;
import io.millrace.snapshot.UpdateRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state that is served: a version, and the updates that came after it. Versions are read by the
 * caller, and swapped in here. No method waits for a file of a model, and what answers ask for
 * takes no lock.
 */
final class ServedState {

  private static final Logger LOG = LoggerFactory.getLogger(ServedState.class);

  /** Most updates that wait for a version, and most bytes of them. */
  private static final int MOST_WAITING = 64;

  private static final long MOST_BYTES = 64L << 20;

  /** How much earlier than a version's file the topic is read, ms: clocks may differ. */
  private static final long EARLIER_MS = 60_000;

  private final boolean readsUpdates;
  private final RefusalLog refusals;
  private volatile Optional<Snapshot> snapshot = Optional.empty();
  private volatile Optional<String> waitsFor = Optional.empty();
  private volatile Start start;
  private UpdateTimeline timeline = new UpdateTimeline(MOST_WAITING, MOST_BYTES);
  private Optional<Path> pinned = Optional.empty();
  private long starts;
  private long applied;

  /**
   * No state yet.
   *
   * @param readsUpdates whether updates are read where a version has some
   */
  ServedState(boolean readsUpdates, RefusalLog refusals) {
    this.readsUpdates = readsUpdates;
    this.refusals = refusals;
  }

  Optional<Snapshot> snapshot() {
    return snapshot;
  }

  Optional<String> waitsFor() {
    return waitsFor;
  }

  /** Names it for the log. */
  String named() {
    return snapshot
        .map(s -> s.scorer().model())
        .map(m -> "version " + m.version() + m.update().map(u -> ", " + u.name()).orElse(""))
        .orElse("no version");
  }

  /** Folder of the version at which it stays. */
  synchronized Optional<Path> pinned() {
    return pinned;
  }

  /** What is served says nothing any more about what is to be served: another pin, or none. */
  synchronized void forget(Optional<Path> pin) {
    timeline = new UpdateTimeline(MOST_WAITING, MOST_BYTES);
    waitsFor = Optional.empty();
    start = null;
    pinned = pin;
  }

  /** What to do with a version. */
  synchronized Verdict decide(Manifest version) {
    return timeline.decide(Place.of(version));
  }

  /**
   * Takes a version that was read. What is to be done with it is decided anew, as updates may have
   * been applied while it was read.
   *
   * @return whether it is served now
   * @throws RefusedException if it is older than what is served
   */
  synchronized boolean swap(Path folder, VersionFolder.Read version) throws IOException {
    Place place = Place.of(version.manifest());
    switch (timeline.decide(place)) {
      case LOAD -> use(version.model());
      case RENAME -> rename(folder, version.manifest());
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

  /** What the student has gone back to, if what is served is later, see {@link UpdateTimeline}. */
  synchronized Optional<Back> back() {
    return timeline.back();
  }

  /** Serves an earlier version if {@code back} still holds; returns whether it does. */
  synchronized boolean useIf(Back back, LoadedModel version) throws IOException {
    boolean still = timeline.back().filter(back::equals).isPresent();
    if (still) {
      use(version);
    }
    return still;
  }

  /** Serves a version, whatever is served. */
  synchronized void use(LoadedModel loaded) throws IOException {
    boolean again = timeline.loaded(Place.of(loaded.manifest()));
    Instant now = Instant.now();
    snapshot = Optional.of(new Snapshot(new Scorer(loaded), now, now, 0));
    LOG.info("serving {} version {}", loaded.manifest().origin().arm(), loaded.version());
    readUpdates(loaded, again);
    take(List.of());
  }

  /** A version whose state is served already: answers name it from now on. */
  private void rename(Path folder, Manifest manifest) {
    Snapshot now = snapshot.orElseThrow();
    LoadedModel model = now.scorer().model();
    LoadedModel renamed = new LoadedModel(folder, manifest, model.model(), model.update());
    timeline.renamed(Place.of(manifest));
    Scorer scorer = new Scorer(renamed);
    snapshot = Optional.of(new Snapshot(scorer, now.loadedAt(), now.changedAt(), now.updates()));
  }

  private void readUpdates(LoadedModel loaded, boolean again) throws IOException {
    Optional<Origin.UpdatesAt> updates = loaded.manifest().origin().updates();
    if (!readsUpdates || pinned.isPresent() || updates.isEmpty()) {
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
}
