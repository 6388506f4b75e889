package io.millrace.serving;

import io.millrace.serving.ModelFollower.Version;
import io.millrace.serving.UpdateTimeline.Verdict;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelFolder;
import io.millrace.snapshot.ModelMirror;
import io.millrace.snapshot.Pace;
import io.millrace.snapshot.RefusedException;
import io.millrace.snapshot.RefusedException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;

/** The versions that a follower may choose from: those of an arm, or a single one. */
final class VersionFolder {

  private final Path modelOrArm;
  private final LongPredicate fits;
  private final Optional<ModelMirror> mirror;
  private final ReadAgain again = new ReadAgain();

  /**
   * A version that was read.
   *
   * @param manifest its manifest
   * @param loaded its content, if it was asked for
   */
  record Read(Manifest manifest, Optional<LoadedModel> loaded) {

    /** Its content. */
    LoadedModel model() throws IOException {
      return loaded.orElseThrow(
          () -> new IOException("version " + manifest.origin().modelVersion() + " has changed"));
    }
  }

  /**
   * The versions in a folder.
   *
   * @param modelOrArm that of an arm, which may not be there yet, or of a version
   * @param mirror what copies them to there from a store; empty if they are published there
   * @param fits whether there is memory for so many bytes
   */
  VersionFolder(Path modelOrArm, Optional<ModelMirror> mirror, LongPredicate fits) {
    this.modelOrArm = modelOrArm;
    this.mirror = mirror;
    this.fits = fits;
  }

  /** Copies what has changed in the store, if there is one. */
  void refresh() throws IOException {
    if (mirror.isPresent()) {
      mirror.get().refresh();
    }
  }

  /** Whether it is the folder of an arm, and there. */
  boolean isArm() {
    return Files.isDirectory(modelOrArm) && !Files.exists(modelOrArm.resolve(Manifest.FILE_NAME));
  }

  /** Folders of an arm's versions, newest first. */
  List<Path> newestFirst() throws IOException {
    List<Path> folders = new ArrayList<>(ModelFolder.versions(modelOrArm));
    folders.sort(Comparator.comparingLong(ModelFolder::number).reversed());
    return folders;
  }

  /** Those of an epoch up to an interval, newest first. */
  List<Path> upTo(UpdateTimeline.Back back) throws IOException {
    return isArm()
        ? newestFirst().stream().filter(folder -> isUpTo(back, folder)).toList()
        : List.of();
  }

  private static boolean isUpTo(UpdateTimeline.Back back, Path folder) {
    try {
      return ModelFolder.manifest(folder).origin().updates().stream()
          .anyMatch(at -> at.epoch() == back.epoch() && at.interval() <= back.interval());
    } catch (IOException e) {
      return false; // damaged, or deleted meanwhile
    }
  }

  /**
   * Reads a version as far as it is needed. One that could not be read is read again only after a
   * pause, or when its files have changed.
   *
   * @param pace at which it is read
   * @throws RefusedException if it must not be served, or there is no memory for it
   * @throws IOException if it is damaged
   */
  Read read(Path folder, Verdict verdict, Pace pace) throws IOException {
    again.check(folder);
    try {
      fetch(folder, verdict);
      return switch (verdict) {
        case LOAD -> {
          HeapRoom.check(folder, ModelFolder.manifest(folder), fits);
          LoadedModel loaded = ModelFolder.open(folder, pace);
          yield new Read(loaded.manifest(), Optional.of(loaded));
        }
        case RENAME -> new Read(ModelFolder.checked(folder, pace), Optional.empty());
        case SKIP, OLDER -> new Read(ModelFolder.manifest(folder), Optional.empty());
      };
    } catch (IOException e) {
      if (mayChange(RefusedException.of(e))) {
        again.failed(folder, e);
      }
      throw e;
    }
  }

  private void fetch(Path folder, Verdict verdict) throws IOException {
    boolean tensors = verdict == Verdict.LOAD || verdict == Verdict.RENAME;
    if (tensors && mirror.isPresent()) {
      mirror.get().fetch(folder);
    }
  }

  /** Whether a version that was refused may be served later although its manifest stays. */
  static boolean mayChange(RefusedException why) {
    return why.reason() == Reason.DAMAGED || why.reason() == Reason.TOO_LARGE;
  }

  /**
   * Pins a version.
   *
   * @throws NoSuchFileException if it does not exist, or this is no arm
   */
  void pin(long version) throws IOException {
    if (!isArm()) {
      throw new NoSuchFileException(modelOrArm + " is one version; pin one in its arm's folder");
    }
    if (mirror.isPresent()) {
      mirror.get().pin(version);
    } else {
      ModelFolder.pin(modelOrArm, version);
    }
  }

  /** Pins a version, or none. */
  void pin(Optional<Long> version) throws IOException {
    if (version.isPresent()) {
      pin(version.get());
    } else if (mirror.isPresent()) {
      mirror.get().unpin();
    } else {
      ModelFolder.unpin(modelOrArm);
    }
  }

  /**
   * All versions, oldest first.
   *
   * @param served the model in use
   */
  List<Version> list(Optional<LoadedModel> served, RefusalLog refusals) throws IOException {
    long active = served.map(LoadedModel::version).orElse(0L);
    if (isArm()) {
      return ModelFolder.versions(modelOrArm).stream()
          .map(folder -> version(folder, active, refusals))
          .toList();
    }
    return served.stream()
        .map(m -> new Version(active, true, Optional.empty(), Optional.of(m.manifest())))
        .toList();
  }

  private static Version version(Path folder, long active, RefusalLog refusals) {
    long number = ModelFolder.number(folder);
    Optional<Manifest> manifest;
    try {
      manifest = Optional.of(ModelFolder.manifest(folder));
    } catch (IOException e) {
      manifest = Optional.empty(); // damaged, or deleted meanwhile
    }
    return new Version(number, number == active, refusals.reason(number), manifest);
  }
}
