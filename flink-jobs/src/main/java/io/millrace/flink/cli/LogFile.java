package io.millrace.flink.cli;

import io.millrace.flink.store.Stores;
import io.millrace.runs.RunFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;

/**
 * The log file of this process: {@code millrace.log} in the run directory, or, without a run
 * directory on a disk, a file with the process id in the temporary folder. On the terminal, the log
 * shows only Millrace's own warnings.
 */
final class LogFile {
  /** System property with the path; log4j2.properties reads it. */
  static final String PROPERTY = "millrace.log";

  private static final String NAME = "millrace.log";

  /** Commands that make no run directory; the log would make one, or write into another folder. */
  private static final Set<String> READERS = Set.of("page", "report");

  private LogFile() {}

  /** Sets the file before the first logger exists, from {@code --run-dir} if it is given. */
  static void chooseFrom(String[] args) {
    if (System.getProperty(PROPERTY) != null) {
      return;
    }
    String name = "millrace-" + ProcessHandle.current().pid() + ".log";
    Path log = Path.of(System.getProperty("java.io.tmpdir"), name);
    String runDir = runDir(args);
    if (runDir != null && !Stores.isRemote(runDir)) {
      Path folder = Stores.local(runDir);
      if (!READERS.contains(args[0]) || Files.exists(folder.resolve(RunFiles.RUN))) {
        log = folder.resolve(NAME);
      }
    }
    System.setProperty(PROPERTY, log.toString());
  }

  /** Null if there is no such option. */
  private static String runDir(String[] args) {
    String runDir = null;
    for (int i = 0; i < args.length; i++) {
      if (args[i].startsWith("--run-dir=")) {
        runDir = args[i].substring("--run-dir=".length());
      } else if (args[i].equals("--run-dir") && i + 1 < args.length) {
        runDir = args[i + 1];
      }
    }
    return runDir;
  }

  /**
   * Moves the log into a run directory that the command chose itself.
   *
   * @param runDir the run directory; the file is created with its first line
   */
  static void moveTo(Path runDir) {
    System.setProperty(PROPERTY, runDir.resolve(NAME).toString());
    if (LogManager.getContext(false) instanceof LoggerContext context) {
      context.reconfigure();
    }
  }

  /** The file in use, or null if none was chosen. */
  static Path current() {
    String file = System.getProperty(PROPERTY);
    return file == null ? null : Path.of(file);
  }
}
