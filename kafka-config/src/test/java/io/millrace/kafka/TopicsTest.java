package io.millrace.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.RejectedRecord;
import io.millrace.kafka.embedded.EmbeddedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TopicsTest {
  private static EmbeddedBroker broker;
  private static ClientSettings settings;

  @BeforeAll
  static void start() {
    broker = EmbeddedBroker.start();
    settings = ClientSettings.of(broker.bootstrapServers());
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  /** The first call creates every topic, the second finds nothing to do. */
  @Test
  void ensureIsIdempotent() {
    Topics topics = new Topics("idem", "idem.events", 3, 0);
    assertThat(topics.ensure(settings))
        .containsExactly(
            "idem.alerts",
            "idem.events",
            "idem.lease",
            "idem.maps",
            "idem.metrics",
            "idem.models",
            "idem.rejects");
    assertThat(topics.ensure(settings)).isEmpty();
  }

  /** A topic of another width is an error that names both numbers and the key to change. */
  @Test
  void partitionsMustMatch() {
    KafkaFixtures.createTopic(settings, "clicks", 4);
    Topics topics = new Topics("width", "clicks", 2, 1);
    assertThatThrownBy(() -> topics.ensure(settings))
        .isInstanceOf(BrokerException.class)
        .hasMessage(
            "topic clicks must have 2 partition(s) but has 4:"
                + " set kafka.partitions or use another topic");
  }

  /** A compacted events topic would lose clicks, so it is refused. */
  @Test
  void cleanupMustMatch() {
    KafkaFixtures.createTopic(settings, "newest", 1, Map.of("cleanup.policy", "compact"));
    Topics topics = new Topics("policy", "newest", 1, 1);
    assertThatThrownBy(() -> topics.ensure(settings))
        .isInstanceOf(BrokerException.class)
        .hasMessage("topic newest must have cleanup.policy delete but has compact");
  }

  /** A number Kafka refuses comes back in one line. */
  @Test
  void replicationBeyondTheBrokers() {
    Topics topics = new Topics("copies", "copies.events", 1, 3);
    assertThatThrownBy(() -> topics.ensure(settings))
        .isInstanceOf(BrokerException.class)
        .hasMessageContaining("replication factor")
        .message()
        .doesNotContain("\n");
  }

  /** The page is printed from the definitions. */
  @Test
  void documentationIsCurrent() throws IOException {
    Topics topics = new Topics("millrace", "millrace.events", 2, 0);
    assertThat(Files.readString(Path.of("..", "docs", "topics.md"))).contains(markdown(topics));
  }

  private static String markdown(Topics topics) {
    StringBuilder out = new StringBuilder();
    out.append(
        "| topic | partitions | key | value | cleanup | retention | written by | read by |\n");
    out.append("|---|---|---|---|---|---|---|---|\n");
    List<TopicSpec> all = new ArrayList<>(topics.all());
    all.add(new UpdatesTopic(topics, 2, Duration.ofMinutes(1)).spec());
    all.add(new ChangesTopic(topics, 2).spec());
    for (TopicSpec t : all) {
      boolean forever = t.retention().equals(Topics.FOREVER);
      long days = t.retention().toDays();
      String inDays = days == 0 ? t.retention().toMinutes() + " minutes" : days + " days";
      String kept = forever ? "forever" : days == 1 ? "1 day" : inDays;
      out.append("| `%s` | %d | %s | ".formatted(t.name(), t.partitions(), t.key()));
      out.append("%s | %s | %s | ".formatted(t.value(), t.cleanup().policy(), kept));
      out.append("%s | %s |\n".formatted(t.writers(), t.readers()));
    }
    return out.toString();
  }

  /**
   * Law: the topic of updates is created once, gets more partitions for more arms and keeps those
   * it has for fewer; a job hears if it keeps records for less than three full versions.
   */
  @Test
  void updatesTopicGrowsWithTheArms() throws Exception {
    Topics topics = new Topics("upd", "upd.events", 1, 0);
    Duration minute = Duration.ofMinutes(1);
    assertThat(new UpdatesTopic(topics, 1, minute).ensure(settings)).isEmpty();
    assertThat(new UpdatesTopic(topics, 3, minute).ensure(settings)).isEmpty();
    assertThat(new UpdatesTopic(topics, 2, minute).ensure(settings)).isEmpty();
    try (Admin admin = settings.openAdmin()) {
      assertThat(TopicWait.describe(admin, Set.of("upd.updates")).get("upd.updates").partitions())
          .hasSize(3);
    }
    assertThat(new UpdatesTopic(topics, 3, Duration.ofMinutes(5)).ensure(settings))
        .contains(
            "topic upd.updates keeps updates for 900 s, but must for more than 900 s, the time of 3"
                + " full versions: servers that come late will not find all updates; raise its"
                + " retention.ms, or lower publish.every_seconds");
  }

  /** A rejected record is stored with its bytes, and headers say its place and the reason. */
  @Test
  @SuppressWarnings("FutureReturnValueIgnored")
  void rejectsKeepTheirBytes() {
    KafkaFixtures.createTopic(settings, "refused", 1);
    byte[] bytes = {0, 1, (byte) 0xff};
    RejectedRecord reject =
        new RejectedRecord(
            null, bytes, "clicks", 3, 17L, "bad_number", "price must be a number: é");
    try (var producer =
        new KafkaProducer<>(
            settings.producer(), new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(Rejects.record(reject, "refused"));
    }
    var read = KafkaFixtures.readRecords(settings, "refused").get(0);
    assertThat(read.key()).isNull();
    assertThat(read.value()).isEqualTo(bytes);
    assertThat(read.headers())
        .extracting(header -> header.key() + "=" + new String(header.value(), UTF_8))
        .containsExactly(
            "millrace.reject.topic=clicks",
            "millrace.reject.partition=3",
            "millrace.reject.offset=17",
            "millrace.reject.reason=bad_number",
            "millrace.reject.message=price must be a number: é");
  }
}
