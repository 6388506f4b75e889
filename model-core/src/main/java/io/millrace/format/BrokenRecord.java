package io.millrace.format;

import java.io.IOException;

/** A record that breaks a rule of its form; the message names the rule and becomes a reject. */
final class BrokenRecord extends IOException {
  private static final long serialVersionUID = 1L;

  BrokenRecord(String message) {
    super(message);
  }

  /** A record may be rejected a million times a minute, and no one reads where it was thrown. */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
