package io.millrace.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;

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
    try (Admin admin = settings.openAdmin()) {
      create(admin);
      addPartitions(admin);
      return check(admin);
    } catch (ExecutionException e) {
      throw new BrokerException(
          "topic " + name() + " at " + settings.bootstrap() + ": " + ClientSettings.reason(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException("interrupted while creating topic " + name(), e);
    }
  }

  private void create(Admin admin) throws ExecutionException, InterruptedException {
    if (admin.listTopics().names().get().contains(name())) {
      return;
    }
    Optional<Short> copies =
        topics.replication() == 0 ? Optional.empty() : Optional.of((short) topics.replication());
    NewTopic topic = spec().toNewTopic(copies);
    // Records are deleted by whole segments, so these must be shorter than the retention.
    topic.configs().put("segment.ms", Long.toString(spec().retention().toMillis() / 3));
    try {
      admin.createTopics(List.of(topic)).all().get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e;
      }
    }
  }

  private void addPartitions(Admin admin) throws ExecutionException, InterruptedException {
    int found = TopicWait.describe(admin, Set.of(name())).get(name()).partitions().size();
    if (found < arms) {
      admin.createPartitions(Map.of(name(), NewPartitions.increaseTo(arms))).all().get();
    }
  }

  private Optional<String> check(Admin admin) throws ExecutionException, InterruptedException {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name());
    Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
    Topics.checkCleanup(spec(), config);
    long kept = Long.parseLong(config.get("retention.ms").value());
    return kept < 0 || kept > needed().toMillis()
        ? Optional.empty()
        : Optional.of(
            ("topic %s keeps updates for %d s, but must for more than %d s, the time of %d full"
                    + " versions: servers that come late will not find all updates; raise its"
                    + " retention.ms, or lower publish.every_seconds")
                .formatted(name(), kept / 1000, needed().toSeconds(), VERSIONS));
  }
}
