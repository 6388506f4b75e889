/**
 * The job graph: which operators there are, how they are wired to Kafka and to each other, and with
 * which settings.
 *
 * <p>Read {@link io.millrace.flink.graph.MillraceJob}, which draws the graph; {@link
 * io.millrace.flink.graph.GraphOptions} are the settings that change how it runs but not what it
 * learns; {@link io.millrace.flink.graph.RestorableKafkaSource} says how a replay ends. What an
 * operator does belongs to {@code operator}, what it computes to model-core.
 */
package io.millrace.flink.graph;
