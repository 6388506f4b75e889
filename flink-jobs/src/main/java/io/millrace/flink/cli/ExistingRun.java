package io.millrace.flink.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option {@code --run-dir} of commands that show an existing run. */
final class ExistingRun {

  @Option(
      names = "--run-dir",
      required = true,
      paramLabel = "DIR",
      description = "the run directory")
  private Path folder;

  /**
   * The run directory.
   *
   * @throws IllegalArgumentException if it is not a folder
   */
  Path checked() {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("--run-dir must be a folder but was '" + folder + "'");
    }
    return folder;
  }
}
