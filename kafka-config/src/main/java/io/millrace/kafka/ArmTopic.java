package io.millrace.kafka;

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
 * A topic with a partition for each arm, by its position in the job. A job of more arms than the
 * topic has partitions adds some.
 *
 * @param topics the job's topics
 * @param spec with as many partitions as there are arms
 */
record ArmTopic(Topics topics, TopicSpec spec) {

  /**
   * Creates the topic if it is missing; adds partitions if it has fewer than arms.
   *
   * @return how long it keeps records, ms; negative for ever
   * @throws BrokerException if it has another cleanup policy, or Kafka is out of reach
   */
  long ensure(ClientSettings settings) {
    try (Admin admin = settings.openAdmin()) {
      create(admin);
      addPartitions(admin);
      return check(admin);
    } catch (ExecutionException e) {
      throw new BrokerException(
          "topic " + spec.name() + " at " + settings.bootstrap() + ": " + ClientSettings.reason(e),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException("interrupted while creating topic " + spec.name(), e);
    }
  }

  private void create(Admin admin) throws ExecutionException, InterruptedException {
    if (admin.listTopics().names().get().contains(spec.name())) {
      return;
    }
    Optional<Short> copies =
        topics.replication() == 0 ? Optional.empty() : Optional.of((short) topics.replication());
    NewTopic topic = spec.toNewTopic(copies);
    // Records are deleted by whole segments, so these must be shorter than the retention.
    topic.configs().put("segment.ms", Long.toString(spec.retention().toMillis() / 3));
    try {
      admin.createTopics(List.of(topic)).all().get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e;
      }
    }
  }

  private void addPartitions(Admin admin) throws ExecutionException, InterruptedException {
    int found = TopicWait.describe(admin, Set.of(spec.name())).get(spec.name()).partitions().size();
    if (found < spec.partitions()) {
      NewPartitions more = NewPartitions.increaseTo(spec.partitions());
      admin.createPartitions(Map.of(spec.name(), more)).all().get();
    }
  }

  private long check(Admin admin) throws ExecutionException, InterruptedException {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, spec.name());
    Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
    Topics.checkCleanup(spec, config);
    return Long.parseLong(config.get("retention.ms").value());
  }
}
