package io.millrace.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * The required properties of a topic, against which a broker is checked; {@link Topics} has all.
 *
 * @param role what it is for, the word used in the job file and in the documentation
 * @param name its name on the broker
 * @param partitions number of partitions, at least 1
 * @param key description of its records' keys
 * @param value description of its records' values
 * @param cleanup whether old records are deleted or only the newest per key is kept
 * @param retention how long records are kept; {@link Topics#FOREVER} under compaction
 * @param writers who writes to it
 * @param readers who reads from it
 */
public record TopicSpec(
    String role,
    String name,
    int partitions,
    String key,
    String value,
    Cleanup cleanup,
    Duration retention,
    String writers,
    String readers) {

  /** What happens to old records; the names are those of Kafka's {@code cleanup.policy}. */
  public enum Cleanup {
    /** Old records are deleted after the retention. */
    DELETE("delete"),
    /** The newest record of each key is kept for ever. */
    COMPACT("compact");

    private final String policy;

    Cleanup(String policy) {
      this.policy = policy;
    }

    /** The value of {@code cleanup.policy}. */
    public String policy() {
      return policy;
    }
  }

  public TopicSpec {
    if (!name.matches("[a-zA-Z0-9._-]{1,249}") || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException(
          "topic name must be 1 to 249 of a-z A-Z 0-9 . _ - but was '" + name + "'");
    }
    if (partitions < 1) {
      throw new IllegalArgumentException(
          "partitions of topic " + name + " must be >= 1 but was " + partitions);
    }
  }

  /** How to create it; an empty {@code replication} takes the broker's default. */
  NewTopic toNewTopic(Optional<Short> replication) {
    String retentionMs =
        retention.equals(Topics.FOREVER) ? "-1" : Long.toString(retention.toMillis());
    return new NewTopic(name, Optional.of(partitions), replication)
        .configs(
            new HashMap<>(Map.of("cleanup.policy", cleanup.policy(), "retention.ms", retentionMs)));
  }
}
