/**
 * Learned hashing: ids whose teacher values lie close together share a row. The algorithm is the
 * agglomerative one-dimensional multi-merge clustering of "Learning to Collide"; read {@link
 * io.millrace.cluster.ReferenceClustering} for what it does and {@link
 * io.millrace.cluster.LearnedMapBuilder} for how a refresh turns clusters into a map. {@link
 * io.millrace.cluster.FastClustering} computes the same bits in a fraction of the time. What ids,
 * values and counts mean, and when to refresh, is decided elsewhere. {@link
 * io.millrace.cluster.TwoLevelMapBuilder} builds another kind of map: hot ids alone, the others in
 * a few clusters of several dimensions.
 */
package io.millrace.cluster;
