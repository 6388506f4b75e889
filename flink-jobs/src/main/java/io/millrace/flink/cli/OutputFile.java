package io.millrace.flink.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** Checks the path of an output file before the command starts its work. */
final class OutputFile {

  private OutputFile() {}

  /**
   * Fails if the file cannot be written.
   *
   * @param option the option that names it, for the message
   */
  static void check(String option, Path file) {
    if (Files.isDirectory(file)) {
      throw new IllegalArgumentException(option + " must be a file but '" + file + "' is a folder");
    }
    Path folder = file.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      String why = Files.exists(folder) ? folder + " is a file" : "there is no folder " + folder;
      throw new IllegalArgumentException(option + " '" + file + "' cannot be written: " + why);
    }
  }
}
