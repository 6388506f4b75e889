package io.millrace.flink.cli;

import io.millrace.flink.store.Stores;
import io.millrace.runs.RunFiles;
import io.millrace.runs.RunView;
import io.millrace.store.ObjectStore;
import java.io.IOException;
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
      paramLabel = "DIR|URI",
      description = "the run directory")
  private String folder;

  /**
   * Opens the existing run directory.
   *
   * @throws IllegalArgumentException if it is not a folder, or no run is in it
   * @throws IOException if a store cannot be read
   */
  RunView open() throws IOException {
    if (!Stores.isRemote(folder)) {
      Path local = Stores.local(folder);
      if (!Files.isDirectory(local)) {
        throw new IllegalArgumentException("--run-dir must be a folder but was '" + local + "'");
      }
      checkRun(Files.exists(local.resolve(RunFiles.RUN)), local.toString());
      return RunView.of(local);
    }
    Stores.loadPlugins();
    ObjectStore run = store(folder);
    checkRun(run.exists(RunFiles.RUN), run.place(""));
    return RunView.of(run);
  }

  private static void checkRun(boolean described, String place) {
    if (!described) {
      throw new IllegalArgumentException(
          "--run-dir must be the folder of a run but '%s' holds no %s; `train`, `run` and `demo` write it when they start, and beside it lines (*.jsonl), maps and models"
              .formatted(place, RunFiles.RUN));
    }
  }

  /**
   * The store of a run directory.
   *
   * @throws IllegalArgumentException if there is no file system for its scheme
   */
  static ObjectStore store(String runDir) throws IOException {
    try {
      return Stores.open(Stores.absolute(runDir));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--run-dir " + e.getMessage(), e);
    }
  }

  /**
   * {@code runs/NAME-DATE-TIME} below the working directory, in local time: the run directory of a
   * command without {@code --run-dir}.
   */
  static Path named(String name) {
    return Path.of("runs", name + "-" + LocalDateTime.now(ZoneId.systemDefault()).format(NOW));
  }
}
