package io.millrace.snapshot;

/**
 * At which pace a version is read: its reader calls {@link #rest} after each piece of its work, so
 * that processors are left for others.
 */
@FunctionalInterface
public interface Pace {

  /** Rests for a while, or not at all. */
  void rest();

  /** A reader that never rests. */
  static Pace full() {
    return () -> {};
  }
}
