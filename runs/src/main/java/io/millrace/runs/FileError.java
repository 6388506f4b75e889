package io.millrace.runs;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;

/** Describes errors with files in words, as Java's own exceptions often name only the file. */
public final class FileError {
  private FileError() {}

  /** One line, such as {@code access denied: /data/models}. */
  public static String line(IOException error) {
    String message = error.getMessage();
    if (error instanceof NoSuchFileException) {
      return "no such file: " + message;
    }
    if (error instanceof FileSystemException file && file.getReason() == null) {
      return words(error).replace(" exception", "") + ": " + message;
    }
    if (message == null || message.isBlank()) {
      return words(error);
    }
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  /** {@code OutOfMemoryError} becomes "out of memory error". */
  public static String words(Throwable error) {
    return error
        .getClass()
        .getSimpleName()
        .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
        .toLowerCase(Locale.ROOT);
  }
}
