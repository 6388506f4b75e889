package io.millrace.spec;

import io.millrace.dlrm.TrainerOptions;
import io.millrace.records.Copyable;

/**
 * The teacher: a DLRM whose tables have a row per id and a small dimension. Maps are built from its
 * rows.
 *
 * @param trainer its model and training; {@code dim} is usually 2 to 4
 * @param sample share of the events from which it learns, in [0, 1]; 0 for no teacher
 * @param maxIds upper bound on the ids of a field's table, at least 1; beyond it the ids of the
 *     smallest decayed counts are evicted
 */
public record TeacherOptions(TrainerOptions trainer, double sample, int maxIds)
    implements Copyable<TeacherOptions> {

  public TeacherOptions {
    if (!(sample >= 0 && sample <= 1)) {
      throw new IllegalArgumentException("sample must be in [0, 1] but was " + sample);
    }
    if (maxIds < 1) {
      throw new IllegalArgumentException("max_ids must be >= 1 but was " + maxIds);
    }
  }
}
