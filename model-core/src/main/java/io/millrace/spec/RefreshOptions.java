package io.millrace.spec;

import io.millrace.records.Copyable;

/**
 * When maps are built.
 *
 * @param when at the ends of windows, after a change, or both
 * @param delay number of sub-windows from the one in which a change is detected to the one at whose
 *     end maps are built, at least 1. Meanwhile the teacher learns the change, and the operators of
 *     a job need not wait for each other
 * @param gap least number of sub-windows between two such maps, at least 1; a change in between
 *     takes effect after the gap
 */
public record RefreshOptions(When when, int delay, int gap) implements Copyable<RefreshOptions> {

  /** When new maps are due. */
  public enum When {
    /** At the end of each window. */
    WINDOWS,
    /** After a change; during the warm-up at the end of each window. */
    DRIFT,
    /** In either case. */
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
