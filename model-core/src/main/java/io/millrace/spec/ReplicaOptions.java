package io.millrace.spec;

import io.millrace.records.Copyable;

/**
 * How replicas of a student exchange what they have learned, in arms that have several ({@link
 * ArmSpec#replicas}).
 *
 * @param exchangeMs length of an interval of event time, ms, after which changes are merged; 0 if
 *     not set, which no arm with several replicas may have
 * @param staleness number of intervals by which a merge reaches the replicas later than it could:
 *     with 0 they wait for each other at the end of every interval, with 1 they learn one interval
 *     meanwhile; 0 to {@value #MAX_STALENESS}
 * @param aloneWindows number of first windows, with events, in which the model learns in one place,
 *     at least 0
 */
public record ReplicaOptions(long exchangeMs, int staleness, int aloneWindows)
    implements Copyable<ReplicaOptions> {

  /** Largest staleness; each interval costs quality. */
  public static final int MAX_STALENESS = 8;

  /** Of a job whose arms have one replica each. */
  public static final ReplicaOptions NONE = new ReplicaOptions(0, 1, 1);

  public ReplicaOptions {
    if (exchangeMs < 0) {
      throw new IllegalArgumentException("exchange must be >= 0 ms but was " + exchangeMs);
    }
    if (staleness < 0 || staleness > MAX_STALENESS) {
      throw new IllegalArgumentException(
          "staleness must be in 0.." + MAX_STALENESS + " but was " + staleness);
    }
    if (aloneWindows < 0) {
      throw new IllegalArgumentException("alone_windows must be >= 0 but was " + aloneWindows);
    }
  }
}
