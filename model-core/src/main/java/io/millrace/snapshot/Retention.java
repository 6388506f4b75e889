package io.millrace.snapshot;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Which versions a folder keeps, besides the pinned one: the newest ones, and the last one of each
 * of the last hours before the newest version. Hours are those of the newest event that a version
 * has learned, so a replay keeps the same versions whenever it runs.
 *
 * @param newest number of newest versions, at least 1
 * @param hours number of hours, at least 0
 */
public record Retention(int newest, int hours) {

  private static final long HOUR_MS = 3_600_000;

  public Retention {
    if (newest < 1) {
      throw new IllegalArgumentException("keep must be >= 1 but was " + newest);
    }
    if (hours < 0) {
      throw new IllegalArgumentException("keep_hours must be >= 0 but was " + hours);
    }
  }

  /**
   * The versions to delete.
   *
   * @param versions all versions, oldest first
   * @param lastEventTime newest event that a version has learned, ms; {@link Long#MIN_VALUE} if it
   *     is damaged, so that it counts as one of long ago
   */
  <V> List<V> outdated(List<V> versions, ToLongFunction<V> lastEventTime) {
    int older = Math.max(0, versions.size() - newest);
    List<V> outdated = new ArrayList<>(versions.subList(0, older));
    if (hours > 0 && older > 0) {
      outdated.removeAll(lastOfHours(versions, lastEventTime));
    }
    return outdated;
  }

  private <V> List<V> lastOfHours(List<V> versions, ToLongFunction<V> lastEventTime) {
    Map<Long, V> last = new HashMap<>();
    long now = hour(lastEventTime.applyAsLong(versions.get(versions.size() - 1)));
    for (V version : versions) {
      long hour = hour(lastEventTime.applyAsLong(version));
      if (hour > now - hours && hour < now + hours) {
        last.put(hour, version);
      }
    }
    return List.copyOf(last.values());
  }

  private static long hour(long time) {
    return Math.floorDiv(time, HOUR_MS);
  }
}
