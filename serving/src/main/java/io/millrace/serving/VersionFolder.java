package io.millrace.serving;

import io.millrace.serving.ModelFollower.Version;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The versions that a follower may choose from: those of an arm, or a single one. */
final class VersionFolder {

  private final Path modelOrArm;

  /**
   * The versions in a folder.
   *
   * @param modelOrArm that of an arm, which may not be there yet, or of a version
   */
  VersionFolder(Path modelOrArm) {
    this.modelOrArm = modelOrArm;
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

  /**
   * Pins a version.
   *
   * @throws NoSuchFileException if it does not exist, or this is no arm
   */
  void pin(long version) throws IOException {
    if (!isArm()) {
      throw new NoSuchFileException(modelOrArm + " is one version; pin one in its arm's folder");
    }
    ModelFolder.pin(modelOrArm, version);
  }

  /** Pins a version, or none. */
  void pin(Optional<Long> version) throws IOException {
    if (version.isPresent()) {
      ModelFolder.pin(modelOrArm, version.get());
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
