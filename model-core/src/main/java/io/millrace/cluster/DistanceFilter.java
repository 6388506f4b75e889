package io.millrace.cluster;

/**
 * Distance filter (Learning to Collide, Eq. 1): keeps the pairs of smallest {@code value_(i+1) -
 * value_i}.
 */
record DistanceFilter() implements PairFilter {

  @Override
  public boolean keep(ClusterState clusters, Candidates candidates, long budget) {
    candidates.orderBy(PairKey.DISTANCE);
    candidates.keepSmallest(budget);
    return true;
  }
}
