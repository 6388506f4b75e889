package io.millrace.flink.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import picocli.CommandLine.Option;

/**
 * The option {@code --run-dir} of commands that show an existing run, and the name of a new one.
 */
final class RunDirectory {

  private static final DateTimeFormatter NOW = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  @Option(
      names = "--run-dir",
      required = true,
      paramLabel = "DIR",
      description = "the run directory")
  private Path folder;

  /**
   * The existing run directory.
   *
   * @throws IllegalArgumentException if it is not a folder
   */
  Path checked() {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("--run-dir must be a folder but was '" + folder + "'");
    }
    return folder;
  }

  /**
   * {@code runs/NAME-DATE-TIME} below the working directory, in local time: the run directory of a
   * command without {@code --run-dir}.
   */
  static Path named(String name) {
    return Path.of("runs", name + "-" + LocalDateTime.now(ZoneId.systemDefault()).format(NOW));
  }
}
