package io.millrace.runs;

import java.io.IOException;
import java.util.Optional;

/** A copy of one version of a student's model, which can be written later. */
public interface Publication {

  /** Number of the version. */
  long version();

  /**
   * Writes it; a second call leaves the same files.
   *
   * @return an announcement, one line of JSON; empty for none
   */
  Optional<String> write() throws IOException;
}
