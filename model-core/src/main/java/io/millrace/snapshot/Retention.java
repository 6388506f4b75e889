package io.millrace.snapshot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
   * @param versions folders of all versions, oldest first
   */
  List<Path> outdated(List<Path> versions) {
    int older = Math.max(0, versions.size() - newest);
    List<Path> outdated = new ArrayList<>(versions.subList(0, older));
    if (hours > 0 && older > 0) {
      outdated.removeAll(lastOfHours(versions));
    }
    return outdated;
  }

  private List<Path> lastOfHours(List<Path> versions) {
    Map<Long, Path> last = new HashMap<>();
    long now = hour(versions.get(versions.size() - 1));
    for (Path version : versions) {
      long hour = hour(version);
      if (hour > now - hours && hour < now + hours) {
        last.put(hour, version);
      }
    }
    return List.copyOf(last.values());
  }

  /** That of a version which has learned nothing, or is damaged, is long ago. */
  private static long hour(Path version) {
    try {
      long time = ModelFolder.manifest(version).origin().lastEventTime();
      return Math.floorDiv(time, HOUR_MS);
    } catch (IOException damaged) {
      return Math.floorDiv(Long.MIN_VALUE, HOUR_MS);
    }
  }
}
