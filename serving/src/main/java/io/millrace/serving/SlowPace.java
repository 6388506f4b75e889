package io.millrace.serving;

import io.millrace.snapshot.Pace;
import java.util.concurrent.locks.LockSupport;

/** The pace of a reader that takes a share of one processor only. For one thread. */
final class SlowPace implements Pace {

  private static final long SLICE_NANOS = 500_000;

  private final double share;
  private long since = System.nanoTime();

  /**
   * A reader that begins now.
   *
   * @param share of the time in which it works, in (0, 1]
   */
  SlowPace(double share) {
    this.share = share;
  }

  /** Rests in proportion to the time since the last rest; not at all if that was very short. */
  @Override
  public void rest() {
    long worked = System.nanoTime() - since;
    if (worked >= SLICE_NANOS) {
      LockSupport.parkNanos((long) (worked / share) - worked);
      since = System.nanoTime();
    }
  }
}
