package io.millrace.spec;

import io.millrace.dlrm.TrainerOptions;
import io.millrace.student.SwitchLine;
import java.io.Serializable;

/**
 * The students: what all arms share.
 *
 * @param trainer model and training
 * @param mletK inner dimension of factorised tables, at least {@code dim}
 * @param mletStd standard deviation of the initial factors, greater than 0
 * @param waitForMaps whether an event waits for the map that is due (replays) or takes the newest
 *     there is (live)
 * @param maxHeld bound on early events held back until their window opens, and on those held back
 *     while a map is built
 * @param maxIds bound on the ids of an uncompressed table; beyond it the least frequent are evicted
 * @param regretEvents events over which a student is compared with a shadow of it that keeps the
 *     map before, see {@link SwitchLine}; 0 for none
 * @param regretMemoryMb memory of a student beyond which it has no shadow, 10^6 bytes
 */
public record StudentOptions(
    TrainerOptions trainer,
    int mletK,
    double mletStd,
    boolean waitForMaps,
    int maxHeld,
    int maxIds,
    int regretEvents,
    int regretMemoryMb)
    implements Serializable {

  public StudentOptions {
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
    if (maxHeld < 0) {
      throw new IllegalArgumentException("max_held must be >= 0 but was " + maxHeld);
    }
    if (regretEvents < 0) {
      throw new IllegalArgumentException("regret_events must be >= 0 but was " + regretEvents);
    }
    if (regretMemoryMb < 0) {
      throw new IllegalArgumentException("regret_memory_mb must be >= 0 but was " + regretMemoryMb);
    }
    if (maxIds < 1) {
      throw new IllegalArgumentException("max_ids must be >= 1 but was " + maxIds);
    }
  }
}
