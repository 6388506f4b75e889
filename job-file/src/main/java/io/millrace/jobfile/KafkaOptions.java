package io.millrace.jobfile;

import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.Topics;

/**
 * How the job reaches Kafka.
 *
 * @param clients bootstrap servers and client properties
 * @param topics the job's topics
 * @param group consumer group
 * @param binary whether events are in Millrace's binary form rather than JSON
 */
public record KafkaOptions(ClientSettings clients, Topics topics, String group, boolean binary) {

  /** The same with other bootstrap servers. */
  KafkaOptions at(String bootstrap) {
    ClientSettings there = new ClientSettings(bootstrap, clients.properties());
    return new KafkaOptions(there, topics, group, binary);
  }
}
