/**
 * A Kafka broker inside this process, for the demo and for tests.
 *
 * <p>Read {@link io.millrace.kafka.embedded.EmbeddedBroker}, the only public type. This is the only
 * package that may import the broker's classes ({@code kafka.*}, {@code org.apache.kafka.metadata},
 * {@code org.apache.kafka.server}); nothing here is needed to run against a Kafka that exists.
 */
package io.millrace.kafka.embedded;
