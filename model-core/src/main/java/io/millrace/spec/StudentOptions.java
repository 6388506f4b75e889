package io.millrace.spec;

import io.millrace.records.Copyable;
import io.millrace.time.LearningOrder;

/**
 * The students: what all arms share.
 *
 * @param learner what an arm learns with unless it has settings of its own, see {@link
 *     ArmSpec#learner}; shares of a full row refer to its {@code dim}
 * @param waitForMaps whether an event waits for the map that is due (replay) or uses the newest map
 *     available (live)
 * @param order in which teachers and students take the events of a sub-window
 * @param maxHeld upper bound on the events held until it is their turn, and on the events held back
 *     while a map is built, at least 0
 * @param maxIds upper bound on the ids of an uncompressed table, at least 1; beyond it the least
 *     frequent ids are evicted
 * @param regretEvents number of events over which a student with a new map is compared with its
 *     shadow, a copy that keeps the old map; 0 for no comparison
 * @param regretMemoryMb upper bound on the memory of a student that has a shadow, 10^6 bytes
 * @param replicas how replicas of a student exchange what they have learned
 */
public record StudentOptions(
    LearnerOptions learner,
    MapWaiting waitForMaps,
    LearningOrder order,
    int maxHeld,
    int maxIds,
    int regretEvents,
    int regretMemoryMb,
    ReplicaOptions replicas)
    implements Copyable<StudentOptions> {

  public StudentOptions {
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

  /** Of a job whose arms have one replica each. */
  public StudentOptions(
      LearnerOptions learner,
      MapWaiting waitForMaps,
      LearningOrder order,
      int maxHeld,
      int maxIds,
      int regretEvents,
      int regretMemoryMb) {
    this(
        learner,
        waitForMaps,
        order,
        maxHeld,
        maxIds,
        regretEvents,
        regretMemoryMb,
        ReplicaOptions.NONE);
  }
}
