package io.millrace.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;

/**
 * Notices that a topic was deleted and made anew, and that it has more partitions. A consumer reads
 * on in both cases, without an error. No method waits for the broker.
 */
public final class TopicWatch implements AutoCloseable {

  private static final Duration PERIOD = Duration.ofSeconds(5);
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(5);

  private final ClientSettings settings;
  private final String topic;
  private Admin admin;
  private KafkaFuture<TopicDescription> question;
  private long askedAt;
  private boolean answers;
  private Seen seen;

  /**
   * A topic as the broker describes it.
   *
   * @param id a topic that is made anew has another one
   * @param partitions their number
   */
  public record Seen(String id, int partitions) {}

  /** The topic before and after a change. */
  public record Change(Seen before, Seen now) {

    /** Whether the topic was deleted and made anew. */
    public boolean recreated() {
      return !before.id.equals(now.id);
    }

    /** How many more partitions it has; negative for fewer. */
    public int added() {
      return now.partitions - before.partitions;
    }
  }

  /**
   * Watches a topic.
   *
   * @param seen the topic as it was seen last; null if it was never seen
   */
  public TopicWatch(ClientSettings settings, String topic, Seen seen) {
    this.settings = settings;
    this.topic = topic;
    this.seen = seen;
  }

  /** A change since the last call. To be called about once a second. */
  public Optional<Change> poll() {
    long now = System.nanoTime();
    if (question == null) {
      if (askedAt == 0 || now - askedAt >= PERIOD.toNanos()) {
        askedAt = now;
        ask();
      }
      return Optional.empty();
    }
    if (!question.isDone()) {
      return Optional.empty();
    }
    Seen before = seen;
    take();
    return before == null || before.equals(seen)
        ? Optional.empty()
        : Optional.of(new Change(before, seen));
  }

  private void ask() {
    try {
      if (admin == null) {
        admin = settings.openAdmin();
      }
      DescribeTopicsOptions options =
          new DescribeTopicsOptions().timeoutMs((int) ANSWERS_WITHIN.toMillis());
      question = admin.describeTopics(List.of(topic), options).topicNameValues().get(topic);
    } catch (BrokerException e) {
      answers = false;
    }
  }

  private void take() {
    try {
      TopicDescription found = question.get();
      seen = new Seen(found.topicId().toString(), found.partitions().size());
      answers = true;
    } catch (ExecutionException e) {
      answers = false; // out of reach, or deleted for now: the next answer will say more
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    question = null;
  }

  /** Whether the broker has answered the last question. */
  public boolean answers() {
    return answers;
  }

  /** The topic as it was seen last; null if it was never seen. */
  public Seen seen() {
    return seen;
  }

  @Override
  public void close() {
    if (admin != null) {
      admin.close(Duration.ZERO);
    }
  }
}
