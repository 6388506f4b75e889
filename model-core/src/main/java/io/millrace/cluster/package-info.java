/**
 * Learned hashing: ids with close teacher values share a row. The algorithm is the agglomerative
 * one-dimensional multi-merge clustering of "Learning to Collide"; read {@link
 * io.millrace.cluster.ReferenceClustering} for what it does and {@link
 * io.millrace.cluster.LearnedMapBuilder} for how clusters become a map. {@link
 * io.millrace.cluster.FastClustering} computes the same bits in a fraction of the time. {@link
 * io.millrace.cluster.TwoLevelMapBuilder} builds another kind of map: hot ids own rows, the next
 * ids share a few rows by clusters in several dimensions. What must not come in: the meaning of
 * ids, values and counts, and the decision when maps are built.
 */
package io.millrace.cluster;
