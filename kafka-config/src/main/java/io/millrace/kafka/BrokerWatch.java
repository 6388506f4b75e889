package io.millrace.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Notices when Kafka or a topic becomes unavailable and when it is back, for people who watch a
 * job: the clients in the job retry without a message.
 */
public final class BrokerWatch implements AutoCloseable {

  /** How long a broker may take to answer before it counts as unavailable. */
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(5);

  private final ClientSettings settings;
  private final Topics topics;
  private final Admin admin;
  private Map<String, KafkaFuture<TopicDescription>> question;
  private long askedAt;
  private boolean unavailable;
  private long unavailableSince;
  private Set<String> missing = new TreeSet<>();

  /** Watches the topics of a job at {@code settings.bootstrap()}; they must exist. */
  public BrokerWatch(ClientSettings settings, Topics topics) {
    this.settings = settings;
    this.topics = topics;
    this.admin = settings.openAdmin();
    ask();
  }

  private void ask() {
    int timeout = (int) ANSWERS_WITHIN.toMillis();
    askedAt = System.nanoTime();
    List<String> names = topics.all().stream().map(TopicSpec::name).toList();
    question =
        admin
            .describeTopics(names, new DescribeTopicsOptions().timeoutMs(timeout))
            .topicNameValues();
  }

  /**
   * Changes since the last call, a line each. Returns at once; meant to be called about once a
   * second, as each call sends the broker one request at most.
   */
  public List<String> poll() throws InterruptedException {
    if (!question.values().stream().allMatch(KafkaFuture::isDone)) {
      return List.of();
    }
    List<String> changes = new ArrayList<>();
    Set<String> absent = new TreeSet<>();
    boolean silent = false;
    for (Map.Entry<String, KafkaFuture<TopicDescription>> answer : question.entrySet()) {
      try {
        answer.getValue().get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof UnknownTopicOrPartitionException) {
          absent.add(answer.getKey());
        } else if (!(e.getCause() instanceof AuthorizationException)) {
          silent = true;
        }
      }
    }
    if (silent != unavailable) {
      changes.add(broker(silent));
    }
    if (!silent && !absent.equals(missing)) {
      changes.add(0, topics(absent));
    }
    ask();
    return changes;
  }

  private String broker(boolean silent) {
    unavailable = silent;
    if (silent) {
      unavailableSince = askedAt;
      return problem().orElseThrow();
    }
    long seconds = Duration.ofNanos(System.nanoTime() - unavailableSince).toSeconds();
    return "Kafka answers again at " + settings.bootstrap() + ", after " + seconds + " s";
  }

  private String topics(Set<String> absent) {
    Set<String> before = missing;
    missing = absent;
    return problem()
        .orElseGet(
            () ->
                "Kafka at "
                    + settings.bootstrap()
                    + " has "
                    + String.join(", ", before)
                    + " again");
  }

  /** What the job waits for, by the broker's last answer, in one line; or empty. */
  public Optional<String> problem() {
    if (unavailable) {
      return Optional.of("waiting for Kafka, which does not answer at " + settings.bootstrap());
    }
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "waiting for %s, which Kafka at %s no longer has: make it again with its %d partition(s), or stop the job"
                .formatted(
                    String.join(", ", missing),
                    settings.bootstrap(),
                    missing.contains(topics.events()) ? topics.partitions() : 1));
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
  }
}
