package io.millrace.snapshot;

/** What a record of the topic of updates, or several together, say. */
public sealed interface UpdateRecord permits ModelUpdate, UpdateRecord.Reset {

  /**
   * The student has been restored from a checkpoint: updates of earlier epochs are void, also those
   * that come after this record.
   *
   * @param arm name of the student
   * @param epoch the new epoch, at least 1
   * @param interval the last interval before the checkpoint, at least 0
   */
  record Reset(String arm, long epoch, long interval) implements UpdateRecord {
    public Reset {
      if (epoch < 1 || interval < 0) {
        throw new IllegalArgumentException(
            "epoch must be >= 1 and interval >= 0 but were " + epoch + " and " + interval);
      }
    }
  }
}
