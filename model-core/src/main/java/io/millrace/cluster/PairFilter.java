package io.millrace.cluster;

/** One filter of {@link FastClustering}: narrows down the candidate pairs of a step. */
interface PairFilter {

  /**
   * Keeps some of the candidates.
   *
   * @param budget how many to keep, at least 1; the size filter may keep more
   * @return false if the cap had to be broken
   */
  boolean keep(ClusterState clusters, Candidates candidates, long budget);
}
