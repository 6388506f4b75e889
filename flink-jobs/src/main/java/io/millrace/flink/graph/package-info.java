/**
 * The job graph: which operators there are, how they are connected to Kafka and to each other, and
 * with which settings.
 *
 * <p>Read {@link io.millrace.flink.graph.MillraceJob} first, which draws the graph, then {@link
 * io.millrace.flink.graph.GraphOptions}, the settings that change how it runs but not what it
 * learns. {@link io.millrace.flink.graph.RestorableKafkaSource} explains how a replay ends. What
 * must not come in: what an operator does ({@code operator}) and what it computes (model-core).
 */
package io.millrace.flink.graph;
