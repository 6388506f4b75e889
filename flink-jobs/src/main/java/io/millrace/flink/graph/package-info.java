/**
 * Job graphs: which operators there are and how they are wired to Kafka and to each other.
 *
 * <p>Read {@link io.millrace.flink.graph.RestorableKafkaSource} for how a replay ends. What an
 * operator does belongs to {@code operator}, what it computes to model-core.
 */
package io.millrace.flink.graph;
