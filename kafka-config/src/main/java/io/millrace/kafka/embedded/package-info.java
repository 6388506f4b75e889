/**
 * A Kafka broker inside this process, for the demo and for tests.
 *
 * <p>Read {@link io.millrace.kafka.embedded.EmbeddedBroker}, the only public type. This is the only
 * package that may import the broker's classes ({@code kafka.*}, {@code org.apache.kafka.metadata},
 * {@code org.apache.kafka.server}). What must not come in: anything that a job against a Kafka of
 * its own needs.
 */
package io.millrace.kafka.embedded;
