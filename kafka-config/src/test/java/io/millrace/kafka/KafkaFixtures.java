package io.millrace.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What every test against a broker needs: create, write, read to the end. */
public final class KafkaFixtures {
  private KafkaFixtures() {}

  public static void createTopic(ClientSettings settings, String name, int partitions) {
    createTopic(settings, name, partitions, Map.of());
  }

  public static void createTopic(
      ClientSettings settings, String name, int partitions, Map<String, String> configs) {
    try (Admin admin = settings.openAdmin()) {
      NewTopic topic = new NewTopic(name, Optional.of(partitions), Optional.empty());
      admin.createTopics(List.of(topic.configs(configs))).all().get();
    } catch (ExecutionException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Sends all values and waits for them: closing the producer does. */
  @SuppressWarnings("FutureReturnValueIgnored")
  public static void produce(ClientSettings settings, String topic, List<String> values) {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(settings.producer(), new StringSerializer(), new StringSerializer())) {
      values.forEach(value -> producer.send(new ProducerRecord<>(topic, value)));
    }
  }

  /** All committed values, partition after partition. */
  public static List<String> readAll(ClientSettings settings, String topic) {
    List<String> values = new ArrayList<>();
    readRecords(settings, topic).forEach(record -> values.add(new String(record.value(), UTF_8)));
    return values;
  }

  /** All committed records, partition after partition. */
  public static List<ConsumerRecord<byte[], byte[]>> readRecords(
      ClientSettings settings, String topic) {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            settings.consumer(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      int partitions = consumer.partitionsFor(topic).size();
      IntStream.range(0, partitions)
          .forEach(p -> all.addAll(readPartition(consumer, new TopicPartition(topic, p))));
    }
    return all;
  }

  private static List<ConsumerRecord<byte[], byte[]>> readPartition(
      KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition) {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
    long end = consumer.endOffsets(List.of(partition)).get(partition);
    while (consumer.position(partition) < end) {
      consumer.poll(Duration.ofMillis(200)).forEach(all::add);
    }
    return all;
  }
}
