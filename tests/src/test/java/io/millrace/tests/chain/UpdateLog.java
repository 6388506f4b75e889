package io.millrace.tests.chain;

import io.millrace.kafka.ClientSettings;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.UpdateCodec;
import io.millrace.snapshot.UpdateHeader;
import io.millrace.snapshot.UpdateRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads the topic of updates from its beginning, and keeps all that comes. */
final class UpdateLog implements AutoCloseable {

  private static final TopicPartition ARM = new TopicPartition("chain.updates", 0);
  private static final Duration POLL = Duration.ofMillis(50);

  private final UpdateCodec.Assembler assembler = new UpdateCodec.Assembler();
  private final List<Arrived> arrived = new ArrayList<>();
  private final Properties settings;
  private final Thread thread;
  private volatile boolean closed;

  /**
   * A record, put together from its chunks.
   *
   * @param sentAt when the job gave its last chunk to the producer, ms since the epoch
   */
  record Arrived(UpdateRecord record, long sentAt) {}

  /** Starts to read. */
  UpdateLog(ClientSettings kafka) {
    settings = kafka.consumer();
    settings.setProperty("isolation.level", "read_uncommitted");
    settings.setProperty("allow.auto.create.topics", "false");
    thread = new Thread(this::run, "updates");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(ARM));
      while (!closed) {
        for (ConsumerRecord<byte[], byte[]> next : consumer.poll(POLL)) {
          add(next);
        }
      }
    }
  }

  private synchronized void add(ConsumerRecord<byte[], byte[]> next) {
    assembler
        .add(next.value())
        .ifPresent(record -> arrived.add(new Arrived(record, next.timestamp())));
  }

  /** All that has come, in the order of the topic. */
  synchronized List<Arrived> all() {
    return List.copyOf(arrived);
  }

  /** The first update with a property, if it has come. */
  Optional<Arrived> first(Predicate<UpdateHeader> property) {
    return all().stream()
        .filter(a -> a.record() instanceof ModelUpdate u && property.test(u.header()))
        .findFirst();
  }

  /** The update of an epoch that must be applied after this interval, if it has come. */
  Optional<ModelUpdate> after(long epoch, long interval) {
    return first(header -> header.epoch() == epoch && header.previous() == interval)
        .map(a -> (ModelUpdate) a.record());
  }

  /** The interval of the last update of an epoch that has come; -1 if there is none. */
  long last(long epoch) {
    return all().stream()
        .filter(a -> a.record() instanceof ModelUpdate u && u.header().epoch() == epoch)
        .mapToLong(a -> ((ModelUpdate) a.record()).header().interval())
        .max()
        .orElse(-1);
  }

  /** Records that were damaged or lacked a chunk. */
  synchronized long faults() {
    return assembler.damaged() + assembler.incomplete();
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
