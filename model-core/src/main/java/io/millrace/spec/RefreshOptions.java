package io.millrace.spec;

import io.millrace.records.Copyable;

/**
 * When maps are built.
 *
 * @param when at the ends of windows, when something has changed, or both
 * @param delay sub-windows from the one in which a change is seen to the one at whose end maps are
 *     built, at least 1: the teacher learns what is new meanwhile, and the parts of a job need not
 *     wait for each other
 * @param gap least number of sub-windows from one such map to the next, at least 1; what changes in
 *     between waits
 */
public record RefreshOptions(When when, int delay, int gap) implements Copyable<RefreshOptions> {

  /** What makes new maps due. */
  public enum When {
    /** The end of a window. */
    WINDOWS,
    /** A change; until the watch is warm, the end of a window. */
    DRIFT,
    /** Either. */
    BOTH
  }

  public RefreshOptions {
    if (delay < 1) {
      throw new IllegalArgumentException("refresh_delay must be >= 1 but was " + delay);
    }
    if (gap < 1) {
      throw new IllegalArgumentException("refresh_gap must be >= 1 but was " + gap);
    }
  }

  /** Whether a change makes new maps due. */
  public boolean byDrift() {
    return when != When.WINDOWS;
  }
}
