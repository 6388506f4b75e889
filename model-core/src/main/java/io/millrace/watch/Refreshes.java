package io.millrace.watch;

import io.millrace.spec.JobSpec;
import io.millrace.time.SubWindows;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * At the ends of which parts of panes ({@link JobSpec#mapParts}) maps are built, as far as it is
 * decided.
 *
 * @param parts parts of panes
 * @param decided the last part of which it is known
 * @param windowsUntil the last part for which it is enough to be the last of its pane
 * @param times parts at whose ends maps are built besides; not all of them have events, and where
 *     one has none, the next that closes counts
 */
public record Refreshes(
    SubWindows parts, long decided, long windowsUntil, NavigableSet<Long> times) {

  public Refreshes {
    times = new TreeSet<>(times);
  }

  /** Maps at the ends of panes alone. */
  public static Refreshes ofWindows(SubWindows parts) {
    return new Refreshes(parts, Long.MAX_VALUE, Long.MAX_VALUE, new TreeSet<>());
  }

  /** Nothing is decided. */
  public static Refreshes none(SubWindows parts) {
    return new Refreshes(parts, Long.MIN_VALUE, Long.MIN_VALUE, new TreeSet<>());
  }

  /** Whether it is known of a part and of all before it. */
  public boolean decided(long part) {
    return part <= decided;
  }

  /**
   * Whether maps are built at the end of a part.
   *
   * @param before the part that closed before it, {@link Long#MIN_VALUE} if there was none
   * @throws IllegalStateException if it is not decided
   */
  public boolean builds(long before, long part) {
    if (!decided(part)) {
      throw new IllegalStateException(
          "part " + part + " must be decided, but the last one that is was " + decided);
    }
    if (parts.endsPane(part) && part <= windowsUntil) {
      return true;
    }
    Long time = times.floor(part);
    return time != null && time > before;
  }
}
