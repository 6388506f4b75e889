package io.millrace.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads the records of one partition that are written after it was made, on a thread of its own.
 * They may be uncommitted, and repeated.
 */
public final class PartitionTail implements AutoCloseable {

  private static final Duration POLL = Duration.ofSeconds(1);

  /** Other brokers list a topic that was just created a moment later. */
  private static final Duration LISTED_WITHIN = Duration.ofSeconds(3);

  private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

  private final TopicPartition partition;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Consumer<byte[]> values;
  private final Consumer<RuntimeException> failed;
  private final Thread thread;

  /**
   * Finds the end of a partition and reads from there.
   *
   * @param values takes each record's value, on the reader's thread; what it throws ends the
   *     reading
   * @param failed takes the reason if the reading ends before it is closed, on that thread
   * @throws BrokerException if there is no such partition, or its end cannot be found
   */
  public PartitionTail(
      ClientSettings settings,
      String topic,
      int partition,
      Consumer<byte[]> values,
      Consumer<RuntimeException> failed) {
    this.partition = new TopicPartition(topic, partition);
    this.values = values;
    this.failed = failed;
    Properties properties = settings.updatesConsumer();
    // Where records that it has not read are deleted, it must say so instead of going on.
    properties.setProperty("auto.offset.reset", "none");
    properties.setProperty("allow.auto.create.topics", "false");
    this.consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    try {
      requireListed(settings);
      seek(settings);
    } catch (RuntimeException e) {
      consumer.close();
      throw e;
    }
    this.thread = new Thread(this::read, "millrace-tail-" + this.partition);
    thread.setDaemon(true);
    thread.start();
  }

  /** As a consumer waits for a topic that is not there as long as for a broker that is slow. */
  private void requireListed(ClientSettings settings) {
    long start = System.nanoTime();
    int partitions = partitions(settings);
    while (partitions <= partition.partition()) {
      if (System.nanoTime() - start > LISTED_WITHIN.toNanos()) {
        throw new BrokerException(
            "topic %s at %s must have at least %d partitions but has %d; millrace run creates it"
                .formatted(
                    partition.topic(),
                    settings.bootstrap(),
                    partition.partition() + 1,
                    partitions));
      }
      LockSupport.parkNanos(LOOK_AGAIN.toNanos());
      partitions = partitions(settings);
    }
  }

  private int partitions(ClientSettings settings) {
    try {
      return consumer.partitionsFor(partition.topic()).size();
    } catch (KafkaException e) {
      throw new BrokerException(
          "the partitions of topic %s at %s cannot be found: %s"
              .formatted(partition.topic(), settings.bootstrap(), ClientSettings.reason(e)),
          e);
    }
  }

  private void seek(ClientSettings settings) {
    try {
      consumer.assign(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      consumer.seek(partition, end);
    } catch (KafkaException e) {
      throw new BrokerException(
          "the end of %s at %s cannot be found: %s"
              .formatted(partition, settings.bootstrap(), ClientSettings.reason(e)),
          e);
    }
  }

  private void read() {
    try (consumer) {
      while (true) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          values.accept(record.value());
        }
      }
    } catch (WakeupException | InterruptException e) {
      // closed
    } catch (Throwable e) { // an error too, as the task waits for what is read
      failed.accept(
          new BrokerException(
              "%s cannot be read any more: %s".formatted(partition, ClientSettings.reason(e)), e));
    }
  }

  @Override
  public void close() {
    consumer.wakeup();
    try {
      thread.join(POLL.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
