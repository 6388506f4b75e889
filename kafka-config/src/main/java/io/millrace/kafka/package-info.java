/**
 * Everything that Millrace knows about Kafka except Flink: which topics there are, how clients are
 * set up, how a rejected record is kept, and how a file is replayed into a topic.
 *
 * <p>Read {@link io.millrace.kafka.Topics} first, the one place that names topics, partitions and
 * retention, then {@link io.millrace.kafka.ClientSettings}, the one place that holds client
 * properties. What must not come in: Flink, the contents of records, and the broker's own classes,
 * which stay in {@link io.millrace.kafka.embedded}.
 */
package io.millrace.kafka;
