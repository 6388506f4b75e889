package io.millrace.cluster;

/**
 * Clusters one-dimensional values into a given number of rows. All implementations agree to the
 * bit.
 */
public interface Clusterer {

  /**
   * Clusters {@code values.length} ids.
   *
   * @param values one finite value per id; ids of equal value keep their order
   * @param counts access count of each id, finite and at least 0
   * @param rows most rows, at least 1; with at least as many rows as ids each id gets its own
   * @throws IllegalArgumentException if an argument breaks one of these rules
   */
  Clustering cluster(double[] values, double[] counts, int rows, ClusterOptions options);
}
