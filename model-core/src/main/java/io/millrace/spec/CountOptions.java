package io.millrace.spec;

import io.millrace.records.Copyable;

/**
 * How the accesses of ids are counted.
 *
 * @param decay factor applied to all counts at each pane's end, in (0, 1]; 1 disables decay
 * @param shards number of tables over which a field's counts are spread, 1 to 32768; fixed for the
 *     life of a job's state
 * @param maxIds upper bound on the ids kept per field, at least {@code shards}; beyond it the ids
 *     of the smallest decayed counts are dropped
 * @param forgetAfter windows without an access after which an id is forgotten; 0 for never
 */
public record CountOptions(double decay, int shards, int maxIds, int forgetAfter)
    implements Copyable<CountOptions> {

  public CountOptions {
    if (!(decay > 0 && decay <= 1)) {
      throw new IllegalArgumentException("decay must be in (0, 1] but was " + decay);
    }
    if (shards < 1 || shards > 32_768) {
      throw new IllegalArgumentException("shards must be in 1..32768 but was " + shards);
    }
    if (maxIds < shards) {
      throw new IllegalArgumentException(
          "max_ids must be >= shards (" + shards + ") but was " + maxIds);
    }
    if (forgetAfter < 0) {
      throw new IllegalArgumentException("forget_after must be >= 0 but was " + forgetAfter);
    }
  }
}
