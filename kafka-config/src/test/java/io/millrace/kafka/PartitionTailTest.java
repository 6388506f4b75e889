package io.millrace.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.kafka.embedded.EmbeddedBroker;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PartitionTailTest {

  private static EmbeddedBroker broker;
  private static ClientSettings kafka;

  @BeforeAll
  static void start() {
    broker = EmbeddedBroker.start();
    kafka = ClientSettings.of(broker.bootstrapServers());
    new ChangesTopic(topics("two"), 2).ensure(kafka);
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  private static Topics topics(String prefix) {
    return new Topics(prefix, prefix + ".events", 1, 0);
  }

  private static void write(int partition, byte... value) throws Exception {
    Properties properties = kafka.updatesProducer();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topics("two").changes(), partition, null, value)).get();
    }
  }

  private static PartitionTail tail(
      String prefix, int partition, Consumer<byte[]> values, Consumer<RuntimeException> failed) {
    return new PartitionTail(kafka, topics(prefix).changes(), partition, values, failed);
  }

  // law: a topic or partition that is not there is said at once, not when the client gives up
  @Test
  @Timeout(20)
  void saysWhatIsNotThere() {
    assertThatThrownBy(() -> tail("none", 0, v -> {}, e -> {}))
        .hasMessage(
            "topic none.changes at %s must have at least 1 partitions but has 0; millrace run creates it",
            kafka.bootstrap());
    assertThatThrownBy(() -> tail("two", 2, v -> {}, e -> {}))
        .hasMessageContaining("must have at least 3 partitions but has 2");
  }

  // law: it reads what is written after it was made, of its partition
  @Test
  void readsFromTheEnd() throws Exception {
    List<Byte> read = new CopyOnWriteArrayList<>();
    write(0, (byte) 1);
    PartitionTail tail = tail("two", 0, value -> read.add(value[0]), e -> {});
    write(1, (byte) 2);
    write(0, (byte) 3);
    await().atMost(Duration.ofSeconds(20)).until(() -> !read.isEmpty());
    tail.close();
    assertThat(read).containsExactly((byte) 3);
  }

  // law: whatever ends the reading is reported, an error as well
  @Test
  void reportsErrors() throws Exception {
    List<String> failures = new CopyOnWriteArrayList<>();
    Consumer<byte[]> full =
        value -> {
          throw new OutOfMemoryError("no room");
        };
    PartitionTail tail = tail("two", 1, full, e -> failures.add(e.getMessage()));
    write(1, (byte) 1);
    await().atMost(Duration.ofSeconds(20)).until(() -> !failures.isEmpty());
    tail.close();
    assertThat(failures).containsExactly("two.changes-1 cannot be read any more: no room");
  }
}
