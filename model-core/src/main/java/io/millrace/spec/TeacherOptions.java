package io.millrace.spec;

import io.millrace.dlrm.TrainerOptions;
import io.millrace.records.Copyable;

/**
 * The teacher: a DLRM of small dimension at full height, whose values the maps are built from.
 *
 * @param trainer its model and training; {@code dim} 2 to 4
 * @param sample share of the events that it learns from, in [0, 1]; with 0 there is no teacher
 * @param maxIds bound on the ids a field's table holds; beyond it the ids of smallest decayed count
 *     are evicted
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
