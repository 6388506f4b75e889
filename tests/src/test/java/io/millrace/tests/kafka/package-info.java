/**
 * Promises of Flink and Kafka that the job relies on, proven on an embedded broker.
 *
 * <p>Read {@link io.millrace.tests.kafka.KafkaFlinkSmokeTest}: it decides whether versions of the
 * two work together. What must not come in: Millrace's own operators, which {@code tests.job} runs.
 */
package io.millrace.tests.kafka;
