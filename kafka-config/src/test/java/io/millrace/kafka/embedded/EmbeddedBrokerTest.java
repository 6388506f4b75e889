package io.millrace.kafka.embedded;

import static io.millrace.kafka.KafkaFixtures.produce;
import static io.millrace.kafka.KafkaFixtures.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.kafka.BrokerException;
import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.KafkaFixtures;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EmbeddedBrokerTest {

  /** What is sent is read back in order, and a temporary directory is gone after close. */
  @Test
  void roundTrip() {
    Path data;
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      data = broker.dataDir();
      ClientSettings settings = ClientSettings.of(broker.bootstrapServers());
      KafkaFixtures.createTopic(settings, "t", 1);
      produce(settings, "t", List.of("a", "b", "c"));
      assertThat(readAll(settings, "t")).containsExactly("a", "b", "c");
    }
    assertThat(data).doesNotExist();
  }

  /** Only what was committed is seen: an aborted transaction leaves nothing. */
  @Test
  @SuppressWarnings("FutureReturnValueIgnored")
  void transactions() {
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      ClientSettings settings = ClientSettings.of(broker.bootstrapServers());
      KafkaFixtures.createTopic(settings, "t", 1);
      Properties transactional = settings.producer();
      transactional.setProperty("transactional.id", "test");
      try (KafkaProducer<String, String> producer =
          new KafkaProducer<>(transactional, new StringSerializer(), new StringSerializer())) {
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("t", "lost"));
        producer.flush();
        producer.abortTransaction();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("t", "kept"));
        producer.commitTransaction();
      }
      assertThat(readAll(settings, "t")).containsExactly("kept");
    }
  }

  /** A broker started again on its directory, even on another port, still has every record. */
  @Test
  void restartKeepsRecords(@TempDir Path dir) {
    Path data = dir.resolve("kafka");
    try (EmbeddedBroker broker = EmbeddedBroker.start(data, 0)) {
      ClientSettings settings = ClientSettings.of(broker.bootstrapServers());
      KafkaFixtures.createTopic(settings, "t", 1);
      produce(settings, "t", List.of("before"));
    }
    try (EmbeddedBroker broker = EmbeddedBroker.start(data, 0)) {
      ClientSettings settings = ClientSettings.of(broker.bootstrapServers());
      produce(settings, "t", List.of("after"));
      assertThat(readAll(settings, "t")).containsExactly("before", "after");
    }
    assertThat(data).isDirectory();
  }

  /** The two listeners never get the same port, whichever the client's is. */
  @Test
  void portsDiffer() {
    for (int i = 0; i < 200; i++) {
      EmbeddedBroker.Ports any = EmbeddedBroker.Ports.pick(0);
      EmbeddedBroker.Ports given = EmbeddedBroker.Ports.pick(any.controller());
      assertThat(any.client()).isNotEqualTo(any.controller());
      assertThat(given.client()).isEqualTo(any.controller()).isNotEqualTo(given.controller());
    }
  }

  /** A port in use is said in one line with its number, before anything is written. */
  @Test
  void portInUse(@TempDir Path dir) throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
      int port = other.getLocalPort();
      assertThatThrownBy(() -> EmbeddedBroker.start(dir.resolve("kafka"), port))
          .isInstanceOf(BrokerException.class)
          .hasMessage(
              "port " + port + " is in use: stop what listens there or choose another port");
    }
    assertThat(Files.exists(dir.resolve("kafka"))).isFalse();
  }

  /** A directory that another broker runs on is refused, and that broker goes on. */
  @Test
  void directoryInUse(@TempDir Path dir) {
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir, 0)) {
      assertThatThrownBy(() -> EmbeddedBroker.start(dir, 0))
          .isInstanceOf(BrokerException.class)
          .hasMessageContaining(dir.toString());
      ClientSettings settings = ClientSettings.of(broker.bootstrapServers());
      KafkaFixtures.createTopic(settings, "t", 1);
      produce(settings, "t", List.of("alive"));
      assertThat(readAll(settings, "t")).containsExactly("alive");
    }
  }
}
