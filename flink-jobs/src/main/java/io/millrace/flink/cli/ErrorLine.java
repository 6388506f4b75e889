package io.millrace.flink.cli;

import io.millrace.format.EventFileException;
import io.millrace.runs.FileError;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/** Says in one line what went wrong. */
final class ErrorLine {
  private ErrorLine() {}

  /**
   * The message of the error that a reader can act on: that of the outermost exception which
   * Millrace itself threw and gave a message, as that names file, key or address; or else of the
   * innermost cause, since the frameworks in between wrap it in "job execution failed".
   */
  static String of(Throwable error) {
    Throwable cause = telling(error);
    if (cause instanceof IOException file) {
      return FileError.line(file);
    }
    String message = cause.getMessage();
    if (message == null || message.isBlank()) {
      return FileError.words(cause);
    }
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  /**
   * Whether the user's input is wrong (exit code 2), rather than the work failed (exit code 1). The
   * checking constructors of settings throw IllegalArgumentException.
   */
  static boolean isUsersToFix(Throwable error) {
    return error instanceof IllegalArgumentException
        || error instanceof NoSuchFileException
        || error instanceof EventFileException;
  }

  private static Throwable telling(Throwable error) {
    for (Throwable e = error; e != null && e != e.getCause(); e = e.getCause()) {
      if (isOwn(e) && e.getMessage() != null) {
        return e;
      }
    }
    return innermost(error);
  }

  /** Whether Millrace threw it, with words of its own. */
  private static boolean isOwn(Throwable e) {
    StackTraceElement[] trace = e.getStackTrace();
    boolean thrownHere = trace.length > 0 && isOurs(trace[0].getClassName());
    boolean onlyWraps =
        e instanceof SuppressRestartsException
            || (e.getCause() != null && e.getCause().toString().equals(e.getMessage()));
    return (thrownHere || isOurs(e.getClass().getName())) && !onlyWraps;
  }

  private static boolean isOurs(String className) {
    return className.startsWith("io.millrace.");
  }

  private static Throwable innermost(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    return cause;
  }
}
