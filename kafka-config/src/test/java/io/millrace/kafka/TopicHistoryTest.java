package io.millrace.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.kafka.embedded.EmbeddedBroker;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Law: history is what the topic held when it was first asked for, and is read to its end. */
@Timeout(60)
class TopicHistoryTest {

  private static EmbeddedBroker broker;
  private static ClientSettings kafka;

  @BeforeAll
  static void start() {
    broker = EmbeddedBroker.start();
    kafka = ClientSettings.of(broker.bootstrapServers());
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  /** A topic of so many records in each partition. */
  private static void topic(String name, int... records) {
    KafkaFixtures.createTopic(kafka, name, records.length);
    IntStream.range(0, records.length).forEach(p -> send(name, p, records[p]));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // closing the producer waits
  private static void send(String topic, int partition, int records) {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(kafka.producer(), new StringSerializer(), new StringSerializer())) {
      for (int i = 0; i < records; i++) {
        producer.send(new ProducerRecord<>(topic, partition, null, "e" + i));
      }
    }
  }

  private static TopicHistory known(String topic, int partitions) {
    TopicHistory history = new TopicHistory(kafka, topic, List.of());
    untilKnown(history, partitions);
    return history;
  }

  private static void untilKnown(TopicHistory history, int partitions) {
    await()
        .until(
            () -> {
              history.poll(partitions);
              return !history.save().isEmpty();
            });
  }

  @Test
  void eachPartitionIsReadToItsEnd() {
    topic("two", 5, 0, 3);
    try (TopicHistory history = known("two", 3)) {
      assertThat(history.save()).containsExactly("newest " + Long.MIN_VALUE, "0 5", "2 3");
      send("two", 0, 4); // comes later
      history.saw(0, 5, 1000, false); // more to read
      history.saw(2, 2, 900, true);
      assertThat(history.read()).isFalse();
      history.saw(0, 9, 1100, true);
      assertThat(history.read()).isFalse();
      history.saw(2, 3, 950, true);
      assertThat(history.read()).isTrue();
      assertThat(history.newest()).isEqualTo(1100);
    }
  }

  // readers are faster than the answer of the broker
  @Test
  void whatWasReadBeforeTheAnswerCounts() {
    topic("fast", 5);
    try (TopicHistory history = new TopicHistory(kafka, "fast", List.of())) {
      history.saw(0, 5, 7, true);
      assertThat(history.read()).isFalse();
      untilKnown(history, 1);
      assertThat(history.read()).isTrue();
    }
  }

  @Test
  void aTopicWithoutEventsIsRead() {
    topic("empty", 0, 0);
    try (TopicHistory history = known("empty", 2)) {
      assertThat(history.read()).isTrue();
      assertThat(history.newest()).isEqualTo(Long.MIN_VALUE);
    }
  }

  @Test
  void aRestartGoesOnWithTheSameEnd() {
    topic("again", 5, 5);
    List<String> saved;
    try (TopicHistory history = known("again", 2)) {
      history.saw(0, 5, 70, true);
      saved = history.save();
    }
    send("again", 0, 5);
    send("again", 1, 5);
    try (TopicHistory history = new TopicHistory(kafka, "again", saved)) {
      history.poll(2);
      assertThat(history.save()).isEqualTo(saved).containsExactly("newest 70", "1 5");
      history.saw(1, 6, 60, true);
      assertThat(history.read()).isTrue();
      assertThat(history.newest()).isEqualTo(70);
    }
  }

  // its last offset is the marker of a transaction: no record reaches it
  @Test
  void onlyTheSlowestOfSilentPartitionsIsPassed() {
    topic("silent", 5, 5, 5);
    try (TopicHistory history = known("silent", 3)) {
      history.passSilent(partition -> true);
      assertThat(history.save()).hasSize(4); // nothing is read yet
      history.saw(0, 4, 50, true);
      history.saw(1, 4, 40, true);
      history.saw(2, 5, 60, true);
      history.passSilent(partition -> partition == 0); // it may wait for the slower one
      assertThat(history.save()).containsExactly("newest 60", "0 5", "1 5");
      history.passSilent(partition -> partition == 1);
      assertThat(history.save()).containsExactly("newest 60", "0 5");
      history.passSilent(partition -> partition == 0);
      assertThat(history.read()).isTrue();
    }
  }

  @Test
  void aTopicThatIsMadeAnewIsAskedAgain() {
    topic("anew", 5);
    try (TopicHistory history = known("anew", 1)) {
      history.restart();
      assertThat(history.save()).isEmpty();
      send("anew", 0, 2);
      untilKnown(history, 1);
      assertThat(history.save()).endsWith("0 7");
    }
  }
}
