package io.millrace.spec;

import io.millrace.dlrm.TrainerOptions;
import io.millrace.records.Copyable;

/**
 * The students: what all arms share.
 *
 * @param trainer model and training
 * @param mletK inner dimension of factorised tables, at least {@code dim}
 * @param mletStd standard deviation of the initial factors, greater than 0
 * @param waitForMaps whether an event waits for the map that is due (replays) or uses the newest
 *     map available (live)
 * @param maxHeld upper bound on the early events held back until their window opens, and on the
 *     events held back while a map is built, at least 0
 * @param maxIds upper bound on the ids of an uncompressed table, at least 1; beyond it the least
 *     frequent ids are evicted
 * @param regretEvents number of events over which a student with a new map is compared with its
 *     shadow, a copy that keeps the old map; 0 for no comparison
 * @param regretMemoryMb upper bound on the memory of a student that has a shadow, 10^6 bytes
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
    implements Copyable<StudentOptions> {

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
