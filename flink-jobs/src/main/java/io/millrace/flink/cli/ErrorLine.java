package io.millrace.flink.cli;

import io.millrace.format.EventFileException;
import io.millrace.runs.FileError;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.util.ExceptionUtils;

/** The error message of a command, in one line. */
final class ErrorLine {
  private ErrorLine() {}

  /**
   * The message that helps a user most: that of the outermost exception that Millrace itself threw
   * with a message, because it names a file, key or address; without one, that of the innermost
   * cause, because frameworks wrap it in messages such as "job execution failed".
   */
  static String of(Throwable error) {
    Throwable cause =
        ExceptionUtils.findThrowable(error, ErrorLine::isOwn).orElseGet(() -> innermost(error));
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
   * Whether the user's input is wrong (exit code 2); otherwise the work failed (exit code 1). The
   * constructors that check settings throw IllegalArgumentException.
   */
  static boolean isUsersToFix(Throwable error) {
    return error instanceof IllegalArgumentException
        || error instanceof NoSuchFileException
        || error instanceof EventFileException;
  }

  /** Whether Millrace threw it, with a message that is not only that of its cause. */
  private static boolean isOwn(Throwable e) {
    StackTraceElement[] trace = e.getStackTrace();
    boolean thrownHere = trace.length > 0 && isOurs(trace[0].getClassName());
    boolean onlyWraps =
        e instanceof SuppressRestartsException
            || (e.getCause() != null && e.getCause().toString().equals(e.getMessage()));
    return (thrownHere || isOurs(e.getClass().getName())) && e.getMessage() != null && !onlyWraps;
  }

  private static boolean isOurs(String className) {
    return className.startsWith("io.millrace.");
  }

  private static Throwable innermost(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
