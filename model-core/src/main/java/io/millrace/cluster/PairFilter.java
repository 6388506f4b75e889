package io.millrace.cluster;

/** One filter of {@link FastClustering}: reduces the candidate pairs of a step. */
interface PairFilter {

  /**
   * Keeps some of the candidates.
   *
   * @param budget number of pairs to keep, at least 1; the size filter may keep more
   * @return false if pairs exceed the size cap
   */
  boolean keep(ClusterState clusters, Candidates candidates, long budget);
}
