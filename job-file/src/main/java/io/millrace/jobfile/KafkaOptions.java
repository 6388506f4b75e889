package io.millrace.jobfile;

import io.millrace.format.RecordForm;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.Topics;

/**
 * How the job reaches Kafka.
 *
 * @param clients bootstrap servers and client properties
 * @param topics the job's topics
 * @param group consumer group
 * @param form how events are written in the topic
 * @param failOnLoss whether events that Kafka deleted before they were read end the job
 */
public record KafkaOptions(
    ClientSettings clients, Topics topics, String group, RecordForm form, boolean failOnLoss) {

  /** The same with other bootstrap servers. */
  KafkaOptions at(String bootstrap) {
    ClientSettings there = new ClientSettings(bootstrap, clients.properties());
    return new KafkaOptions(there, topics, group, form, failOnLoss);
  }
}
