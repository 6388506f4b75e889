package io.millrace.kafka;

import java.time.Duration;

/**
 * The topic of what replicas have changed: a partition for each arm, by its position in the job.
 *
 * <p>Its records are read once, as soon as they come. After a restart replicas write again what is
 * needed, so records are kept for a short time only.
 *
 * @param topics the job's topics
 * @param arms number of arms, at least 1
 */
public record ChangesTopic(Topics topics, int arms) {

  private static final Duration KEPT = Duration.ofHours(1);

  /** How the topic is created. */
  TopicSpec spec() {
    return topics.changesTopic(arms, KEPT);
  }

  /**
   * Creates the topic if it is missing; adds partitions if it has fewer than arms.
   *
   * @throws BrokerException if it has another cleanup policy, or Kafka is out of reach
   */
  public void ensure(ClientSettings settings) {
    new ArmTopic(topics, spec()).ensure(settings);
  }
}
