package io.millrace.flink.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option {@code --events} of commands that need a file of events. */
final class EventsFile {

  @Option(
      names = "--events",
      required = true,
      paramLabel = "FILE",
      description = "the events: csv, tsv or jsonl, plain or gzipped")
  private Path file;

  /**
   * The file.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  Path checked() {
    check(file);
    return file;
  }

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
