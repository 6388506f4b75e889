package io.millrace.kafka;

import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.KafkaFuture;

/**
 * Notices when Kafka goes away and when it is back, for people who watch a job: the clients in the
 * job keep trying in silence.
 */
public final class BrokerWatch implements AutoCloseable {

  /** How long a broker may take to answer before it counts as gone. */
  public static final Duration ANSWERS_WITHIN = Duration.ofSeconds(5);

  private final ClientSettings settings;
  private final Admin admin;
  private KafkaFuture<String> question;
  private long askedAt;
  private boolean gone;
  private long goneSince;

  /** Asks at {@code settings.bootstrap()}. */
  public BrokerWatch(ClientSettings settings) {
    this.settings = settings;
    this.admin = settings.openAdmin();
    ask();
  }

  private void ask() {
    int timeout = (int) ANSWERS_WITHIN.toMillis();
    askedAt = System.nanoTime();
    question = admin.describeCluster(new DescribeClusterOptions().timeoutMs(timeout)).clusterId();
  }

  /**
   * What has changed since the last call, in one line, or empty. Returns at once; meant to be
   * called about once a second, as each call asks the broker one question at most.
   */
  public Optional<String> poll() {
    if (!question.isDone()) {
      return Optional.empty();
    }
    boolean silent = question.isCompletedExceptionally();
    Optional<String> news = silent == gone ? Optional.empty() : Optional.of(news(silent));
    ask();
    return news;
  }

  private String news(boolean silent) {
    gone = silent;
    if (silent) {
      goneSince = askedAt;
      return "waiting for Kafka, which does not answer at " + settings.bootstrap();
    }
    long seconds = Duration.ofNanos(System.nanoTime() - goneSince).toSeconds();
    return "Kafka answers again at " + settings.bootstrap() + ", after " + seconds + " s";
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
  }
}
