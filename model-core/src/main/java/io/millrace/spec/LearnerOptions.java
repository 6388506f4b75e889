package io.millrace.spec;

import io.millrace.dlrm.TrainerOptions;
import io.millrace.linear.LinearOptions;
import io.millrace.records.Copyable;

/**
 * What a student learns with: the settings that may differ between arms. Arms of equal settings
 * start with equal MLPs.
 *
 * @param trainer its network and training
 * @param mletK inner dimension of factorised tables, at least {@code dim}
 * @param mletStd standard deviation of the initial factors, greater than 0
 * @param linear its linear part
 */
public record LearnerOptions(
    TrainerOptions trainer, int mletK, double mletStd, LinearOptions linear)
    implements Copyable<LearnerOptions> {

  public LearnerOptions {
    if (mletK < trainer.dim()) {
      throw new IllegalArgumentException(
          "mlet_k must be >= dim ("
              + trainer.dim()
              + "), as a smaller one bounds the rank of the table (MLET, Theorem 2.2), but was "
              + mletK);
    }
    if (!(mletStd > 0)) {
      throw new IllegalArgumentException("mlet_std must be > 0 but was " + mletStd);
    }
  }
}
