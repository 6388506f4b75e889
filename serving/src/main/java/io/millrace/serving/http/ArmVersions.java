package io.millrace.serving.http;

import io.millrace.serving.ModelFollower;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.ModelFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The versions of an arm, as a server shows and chooses them. */
final class ArmVersions {

  private final Path folder;
  private final ModelFollower follower;

  /**
   * The versions in a folder.
   *
   * @param folder the arm's, or that of a version, which is then the only one
   */
  ArmVersions(Path folder, ModelFollower follower) {
    this.folder = folder;
    this.follower = follower;
  }

  /**
   * A version that is there.
   *
   * @param number its number
   * @param manifest what it is; empty if its manifest cannot be read
   */
  record Version(long number, Optional<Manifest> manifest) {}

  private boolean isArm() {
    return folder.resolve(ModelFolder.LATEST).toFile().exists();
  }

  /** All versions that are there, oldest first. */
  List<Version> all() throws IOException {
    if (!isArm()) {
      return follower.current().stream()
          .map(s -> new Version(s.model().version(), Optional.of(s.model().manifest())))
          .toList();
    }
    List<Version> versions = new ArrayList<>();
    for (Path version : ModelFolder.versions(folder)) {
      versions.add(new Version(ModelFolder.number(version), manifest(version)));
    }
    return versions;
  }

  private static Optional<Manifest> manifest(Path version) {
    try {
      return Optional.of(ModelFolder.manifest(version));
    } catch (IOException e) {
      return Optional.empty(); // damaged, or deleted meanwhile
    }
  }

  /** The version that stays in use whatever is published; empty if the newest is followed. */
  OptionalLong pinned() throws IOException {
    Optional<Path> pinned = ModelFolder.pinned(folder);
    return pinned.isPresent()
        ? OptionalLong.of(ModelFolder.number(pinned.get()))
        : OptionalLong.empty();
  }

  /**
   * Takes a version into use, and keeps it whatever is published.
   *
   * @throws RequestException if it is not there, or cannot be loaded; what is in use then stays
   */
  void pin(long number) throws IOException, RequestException {
    if (!isArm()) {
      throw new RequestException(409, "the server serves one version alone, not an arm");
    }
    if (all().stream().noneMatch(version -> version.number() == number)) {
      throw new RequestException(404, "there is no version " + number + ", or no more");
    }
    OptionalLong before = pinned();
    ModelFolder.pin(folder, number);
    try {
      follower.refresh();
    } catch (IOException e) {
      if (before.isPresent()) {
        ModelFolder.pin(folder, before.getAsLong());
      } else {
        ModelFolder.unpin(folder);
      }
      throw new RequestException(409, "version " + number + " is not taken: " + e.getMessage());
    }
  }

  /** Follows the newest version again. */
  void unpin() throws IOException {
    ModelFolder.unpin(folder);
    follower.refresh();
  }

  /** How many versions and updates were refused, by reason. */
  Map<String, Long> refused() {
    return Map.of();
  }
}
