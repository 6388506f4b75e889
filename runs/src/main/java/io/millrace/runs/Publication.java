package io.millrace.runs;

import java.io.IOException;
import java.util.Optional;

/** One version of a student's model, copied out of it, to be written when that is possible. */
public interface Publication {

  /** Number of the version. */
  long version();

  /**
   * Writes it; a version that is written again leaves the same files.
   *
   * @return an announcement, one line of JSON, or nothing
   */
  Optional<String> write() throws IOException;
}
