package io.millrace.serving.http;

import io.millrace.snapshot.Manifest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The versions of an arm, as a server shows and chooses them. Thread-safe. */
interface VersionControl {

  /**
   * A version that is there.
   *
   * @param version its number
   * @param manifest what it is; empty if its manifest cannot be read
   * @param refused why it may not score; empty if it may
   */
  record Version(long version, Optional<Manifest> manifest, Optional<String> refused) {}

  /** All versions that are there, oldest first. */
  List<Version> versions() throws IOException;

  /** The version that stays in use whatever is published; empty if the newest is followed. */
  OptionalLong pinned();

  /**
   * Takes a version into use, and keeps it whatever is published.
   *
   * @throws IOException if it is not there, or cannot be loaded; what is in use then stays
   */
  void pin(long version) throws IOException;

  /** Follows the newest version again. */
  void unpin() throws IOException;

  /** How many versions and updates were refused, by reason. */
  Map<String, Long> refused();
}
