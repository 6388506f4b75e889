package io.millrace.cluster;

/** The keys that pairs of neighbouring clusters are ordered by, ascending. */
enum PairKey {
  /** Product of the normalised counts. */
  FREQUENCY,
  /** Difference of the values. */
  DISTANCE,
  /** Sum of the sizes. */
  SIZE
}
