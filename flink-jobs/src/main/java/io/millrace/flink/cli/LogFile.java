package io.millrace.flink.cli;

import java.nio.file.Path;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;

/**
 * Where this process logs: {@code millrace.log} in the run directory, or a file of the process's
 * own in the temporary folder while there is no run directory. The terminal belongs to the command.
 */
public final class LogFile {
  /** The system property that log4j2.properties reads. */
  static final String PROPERTY = "millrace.log";

  private static final String NAME = "millrace.log";

  private LogFile() {}

  /** Sets the file before the first logger exists, from {@code --run-dir} if it is given. */
  static void chooseFrom(String[] args) {
    if (System.getProperty(PROPERTY) != null) {
      return;
    }
    String name = "millrace-" + ProcessHandle.current().pid() + ".log";
    Path log = Path.of(System.getProperty("java.io.tmpdir"), name);
    for (int i = 0; i < args.length; i++) {
      if (args[i].startsWith("--run-dir=")) {
        log = Path.of(args[i].substring("--run-dir=".length()), NAME);
      } else if (args[i].equals("--run-dir") && i + 1 < args.length) {
        log = Path.of(args[i + 1], NAME);
      }
    }
    System.setProperty(PROPERTY, log.toString());
  }

  /**
   * Moves the log into a run directory that the command chose itself.
   *
   * @param runDir the run directory; the file is made when the first line is logged
   */
  public static void moveTo(Path runDir) {
    System.setProperty(PROPERTY, runDir.resolve(NAME).toString());
    if (LogManager.getContext(false) instanceof LoggerContext context) {
      context.reconfigure();
    }
  }

  /** The file in use, or null where nobody chose one. */
  static Path current() {
    String file = System.getProperty(PROPERTY);
    return file == null ? null : Path.of(file);
  }
}
