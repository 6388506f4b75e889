package io.millrace.flink.cli;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** The run directory of a command without {@code --run-dir}. */
final class RunDirectory {

  private static final DateTimeFormatter NOW = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  private RunDirectory() {}

  /** {@code runs/NAME-DATE-TIME} below the working directory, in local time. */
  static Path named(String name) {
    return Path.of("runs", name + "-" + LocalDateTime.now(ZoneId.systemDefault()).format(NOW));
  }
}
