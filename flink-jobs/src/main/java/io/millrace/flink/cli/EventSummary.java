package io.millrace.flink.cli;

import io.millrace.event.EventTotals;
import io.millrace.runs.RunFiles;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TreeMap;

/** What became of a run's events, for the terminal. */
final class EventSummary {

  private EventSummary() {}

  /** The totals as a sentence. */
  static String line(EventTotals totals) {
    return String.format(
        Locale.ROOT,
        "events: %,d read = %,d trained (%,d of them late) + %,d rejected + %,d dropped late",
        totals.read(),
        totals.trained(),
        totals.lateTrained(),
        totals.rejected(),
        totals.droppedLate());
  }

  /**
   * Checks that there was something to learn from.
   *
   * @throws IllegalArgumentException if there was not; says why
   */
  static void checkLearned(EventTotals totals, Path events, Path runDir) {
    if (totals.trained() > 0) {
      return;
    }
    String none = "--events must hold labelled events but '" + events + "' has none: ";
    if (totals.read() == 0) {
      throw new IllegalArgumentException(none + "it has only a header");
    }
    throw new IllegalArgumentException(
        none
            + "rejected as "
            + new TreeMap<>(totals.rejects())
            + "; "
            + runDir.resolve(RunFiles.REJECTS)
            + " says why");
  }
}
