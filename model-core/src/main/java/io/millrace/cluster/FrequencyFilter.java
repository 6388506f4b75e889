package io.millrace.cluster;

/**
 * Frequency filter (Learning to Collide, Eq. 3): keeps the pairs of smallest {@code nc_i *
 * nc_(i+1)} with {@code nc_i = count_i / ||count||_2 + 1}, so that hot ids are left alone.
 *
 * @param distanceDecidesTies orders pairs of equal score by distance; otherwise by the order they
 *     come in
 */
record FrequencyFilter(boolean distanceDecidesTies) implements PairFilter {

  @Override
  public boolean keep(ClusterState clusters, Candidates candidates, long budget) {
    if (distanceDecidesTies) {
      candidates.orderBy(PairKey.DISTANCE);
    }
    candidates.orderBy(PairKey.FREQUENCY);
    candidates.keepSmallest(budget);
    return true;
  }
}
