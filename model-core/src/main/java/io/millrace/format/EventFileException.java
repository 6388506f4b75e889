package io.millrace.format;

import java.io.IOException;

/**
 * Thrown for an event file that cannot be read at all; the message names the file and the fault.
 */
public final class EventFileException extends IOException {

  private static final long serialVersionUID = 1;

  /** With the message alone. */
  public EventFileException(String message) {
    super(message);
  }

  /** With what caused it. */
  public EventFileException(String message, Throwable cause) {
    super(message, cause);
  }
}
