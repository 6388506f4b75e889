package io.millrace.cluster;

/**
 * Size filter (Learning to Collide, Eq. 2): keeps all pairs within the cap; if there is none, the
 * smallest pairs, which exceed it.
 *
 * @param options holds the rule for the cap
 * @param cap S, or {@link ClusterOptions#NO_CAP}
 */
record SizeFilter(ClusterOptions options, int cap) implements PairFilter {

  @Override
  public boolean keep(ClusterState clusters, Candidates candidates, long budget) {
    if (candidates.keepIf(pair -> !options.exceeds(clusters.pairSize(pair), cap))) {
      return true;
    }
    candidates.orderBy(PairKey.SIZE);
    candidates.keepSmallest(budget);
    return false;
  }
}
