package io.millrace.snapshot;

import java.io.IOException;

/** A version is not published, as a later run of its arm publishes in the same folder. */
public final class SupersededException extends IOException {
  private static final long serialVersionUID = 1L;

  SupersededException(String message) {
    super(message);
  }
}
