package io.millrace.flink.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** Checks a file that the user names before anything is started or written. */
final class InputFile {

  private InputFile() {}

  /** Fails if {@code events} is not a file that can be read. */
  static void check(Path events) {
    if (!Files.isRegularFile(events)) {
      throw new IllegalArgumentException("--events must be a file but was '" + events + "'");
    }
    if (!Files.isReadable(events)) {
      throw new IllegalArgumentException("--events '" + events + "' cannot be read");
    }
  }
}
