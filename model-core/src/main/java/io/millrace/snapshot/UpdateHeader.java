package io.millrace.snapshot;

/**
 * Where an update of a served model belongs, and what the model has learned with it.
 *
 * @param arm name of the student
 * @param epoch an unbroken run of the student, growing; each start and restore begins a new one
 * @param interval number of the update, growing within an arm
 * @param previous interval that must have been applied before; that of the full version for the
 *     first update after it
 * @param modelVersion the newest full version before this update
 * @param mapVersion largest version of the maps in use, 0 without maps; updates never change maps
 * @param lastEventTime time of the newest event learned from, ms since the epoch
 * @param eventsLearned events learned from
 */
public record UpdateHeader(
    String arm,
    long epoch,
    long interval,
    long previous,
    long modelVersion,
    int mapVersion,
    long lastEventTime,
    long eventsLearned) {

  public UpdateHeader {
    if (epoch < 1) {
      throw new IllegalArgumentException("epoch must be >= 1 but was " + epoch);
    }
    if (previous < 0 || interval <= previous) {
      throw new IllegalArgumentException(
          "interval must be > previous >= 0 but were " + interval + " and " + previous);
    }
  }

  /** The update in messages. */
  public String name() {
    return "update " + interval + " of " + arm + ", epoch " + epoch;
  }
}
