package io.millrace.spec;

import io.millrace.dlrm.TrainerOptions;
import io.millrace.linear.LinearOptions;
import io.millrace.records.Copyable;
import io.millrace.table.MletOptions;

/**
 * What a student learns with: the settings that may differ between arms. Arms of equal settings
 * start with equal MLPs.
 *
 * @param trainer its network and training
 * @param mlet its factorised tables, of an inner dimension of at least {@code dim}
 * @param linear its linear part
 */
public record LearnerOptions(TrainerOptions trainer, MletOptions mlet, LinearOptions linear)
    implements Copyable<LearnerOptions> {

  public LearnerOptions {
    if (mlet.k(trainer.dim()) < trainer.dim()) {
      throw new IllegalArgumentException(
          "mlet_k must be >= dim ("
              + trainer.dim()
              + "), as a smaller one bounds the rank of the table (MLET, Theorem 2.2), but was "
              + mlet.k());
    }
  }
}
