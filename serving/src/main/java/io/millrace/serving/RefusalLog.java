package io.millrace.serving;

import io.millrace.snapshot.RefusedException;
import io.millrace.snapshot.RefusedException.Reason;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Counts what was refused, each version and update once. Thread-safe. */
final class RefusalLog {

  private final Map<Reason, Long> versions = new EnumMap<>(Reason.class);
  private final Map<Reason, Long> updates = new EnumMap<>(Reason.class);
  private final Map<Long, RefusedException> last = new HashMap<>();
  private String lastUpdate = "";

  /**
   * Counts a version.
   *
   * @return whether it was not refused for this before
   */
  synchronized boolean version(long version, RefusedException why) {
    RefusedException before = last.put(version, why);
    if (before != null && before.getMessage().equals(why.getMessage())) {
      return false;
    }
    versions.merge(why.reason(), 1L, Long::sum);
    return true;
  }

  /** A version has been loaded, whatever was wrong with it before. */
  synchronized void loaded(long version) {
    last.remove(version);
  }

  /** Why a version was refused. */
  synchronized Optional<Reason> reason(long version) {
    return Optional.ofNullable(last.get(version)).map(RefusedException::reason);
  }

  /**
   * Counts an update.
   *
   * @return whether it was not refused just before
   */
  synchronized boolean update(RefusedException why) {
    boolean first = !why.getMessage().equals(lastUpdate);
    if (first) {
      updates.merge(why.reason(), 1L, Long::sum);
    }
    lastUpdate = why.getMessage();
    return first;
  }

  /** Counts records and updates that could not be read. */
  synchronized void damaged(long number) {
    updates.merge(Reason.DAMAGED, number, Long::sum);
  }

  /** What was counted. */
  synchronized Refusals counts() {
    return new Refusals(versions, updates);
  }
}
