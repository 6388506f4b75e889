package io.millrace.cluster;

/**
 * Merges neighbouring values into at most so many rows, under one set of options. All
 * implementations agree to the bit.
 */
public interface Clusterer {

  /**
   * Clusters {@code values.length} ids.
   *
   * @param values one finite value an id; ids of equal value keep their order
   * @param counts access count of each id, finite and at least 0
   * @param rows rows wanted, at least 1; with at least as many rows as ids each id gets its own
   * @throws IllegalArgumentException if an argument breaks one of these rules
   */
  Clustering cluster(double[] values, double[] counts, int rows, ClusterOptions options);
}
