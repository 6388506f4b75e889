package io.millrace.kafka;

import java.time.Duration;
import java.util.Optional;

/**
 * The topic of updates of served models: a partition for each arm, by its position in the job.
 *
 * <p>Its records are old as soon as a later full version is there, so it is kept for a few of them
 * only, and without compaction, which would take chunks of an update away. A job of more arms than
 * the topic has partitions adds some.
 *
 * @param topics the job's topics
 * @param arms number of arms, at least 1
 * @param between time between two full versions
 */
public record UpdatesTopic(Topics topics, int arms, Duration between) {

  /** Full versions for which records must be kept, so that a late reader finds them. */
  public static final int VERSIONS = 3;

  private static final Duration LEAST = Duration.ofMinutes(15);

  /** Name of the topic. */
  public String name() {
    return topics.updates();
  }

  /** The least time for which records must be kept. */
  public Duration needed() {
    return between.multipliedBy(VERSIONS);
  }

  /** How the topic is created; kept for twice what is {@link #needed}. */
  TopicSpec spec() {
    Duration twice = needed().multipliedBy(2);
    return topics.updatesTopic(arms, twice.compareTo(LEAST) > 0 ? twice : LEAST);
  }

  /**
   * Creates the topic if it is missing; adds partitions if it has fewer than arms.
   *
   * @return a sentence if the topic keeps its records for too short a time; else empty
   * @throws BrokerException if it has another cleanup policy, or Kafka is out of reach
   */
  public Optional<String> ensure(ClientSettings settings) {
    long kept = new ArmTopic(topics, spec()).ensure(settings);
    return kept < 0 || kept > needed().toMillis()
        ? Optional.empty()
        : Optional.of(
            ("topic %s keeps updates for %d s, but must for more than %d s, the time of %d full"
                    + " versions: servers that come late will not find all updates; raise its"
                    + " retention.ms, or lower publish.every_seconds")
                .formatted(name(), kept / 1000, needed().toSeconds(), VERSIONS));
  }
}
