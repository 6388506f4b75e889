package io.millrace.serving;

import io.millrace.kafka.ClientSettings;
import io.millrace.kafka.TopicWatch;
import io.millrace.snapshot.UpdateCodec;
import io.millrace.snapshot.UpdateRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads an arm's partition of the topic of updates, on a daemon thread of its own, without a
 * consumer group. It reads on by itself after the broker or the topic was away, and gives one
 * warning meanwhile.
 */
final class UpdateReader implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(UpdateReader.class);

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(5);
  private static final long SILENT_NANOS = Duration.ofSeconds(10).toNanos();
  private static final long PAUSE_MS = 500;
  private static final long CLOSE_MS = 5_000;

  private final ClientSettings settings;
  private final ServedState state;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;
  private volatile KafkaConsumer<byte[], byte[]> consumer;
  private String known = "";
  private volatile long answeredAt = System.nanoTime();
  private final LongAdder failures = new LongAdder();

  /**
   * Where reading starts.
   *
   * @param number tells two starts apart; a new one makes the reader start again
   * @param topic the topic
   * @param partition its partition
   * @param time records written before this are left out, ms since the epoch; {@link #BEGINNING}
   *     for none
   */
  record Start(long number, String topic, int partition, long time) {

    /** Reads all that the topic has. */
    static final long BEGINNING = Long.MIN_VALUE;

    TopicPartition at() {
      return new TopicPartition(topic, partition);
    }
  }

  /** Starts reading for a state, which says where. */
  UpdateReader(ClientSettings settings, ServedState state) {
    this.settings = settings;
    this.state = state;
    this.thread = new Thread(this::run, "update-reader");
    thread.setDaemon(true);
    thread.start();
  }

  private boolean isOpen() {
    return closed.getCount() > 0;
  }

  /** Time since Kafka has last answered about the topic. */
  Duration sinceRead() {
    return Duration.ofNanos(System.nanoTime() - answeredAt);
  }

  /** How often reading has failed, and begun again. */
  long failures() {
    return failures.sum();
  }

  private void run() {
    try {
      while (isOpen()) {
        connect();
        closed.await(PAUSE_MS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void connect() throws InterruptedException {
    try (KafkaConsumer<byte[], byte[]> opened =
        new KafkaConsumer<>(
            settings.updatesConsumer(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer = opened;
      while (isOpen()) {
        Start start = state.start();
        if (start == null) {
          closed.await(POLL.toMillis(), TimeUnit.MILLISECONDS);
        } else {
          read(start);
        }
      }
    } catch (WakeupException e) {
      LOG.debug("the reader of updates ends");
    } catch (KafkaException e) {
      failures.increment();
      warn("updates cannot be read from Kafka at %s: %s", settings.bootstrap(), e.getMessage());
    } catch (RuntimeException e) {
      failures.increment();
      LOG.debug("reading updates failed", e);
      warn("updates from Kafka at %s cannot be taken: %s", settings.bootstrap(), e);
    }
  }

  private void read(Start start) {
    seek(start);
    answeredAt = System.nanoTime();
    UpdateCodec.Assembler assembler = new UpdateCodec.Assembler();
    long dropped = 0;
    try (TopicWatch watch = new TopicWatch(settings, start.topic(), null)) {
      while (isOpen() && start.equals(state.start())) {
        List<UpdateRecord> records = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> next : consumer.poll(POLL)) {
          assembler.add(next.value()).ifPresent(records::add);
        }
        long nowDropped = assembler.damaged() + assembler.incomplete();
        if (nowDropped > dropped) {
          state.damaged(nowDropped - dropped, assembler.fault(), start);
          dropped = nowDropped;
        }
        state.take(records, start);
        look(watch, start);
      }
    }
  }

  private void seek(Start start) {
    TopicPartition at = start.at();
    List<TopicPartition> all = List.of(at);
    consumer.assign(all);
    if (start.time() == Start.BEGINNING) {
      consumer.seekToBeginning(all);
      return;
    }
    long end = consumer.endOffsets(all, ANSWERS_WITHIN).get(at);
    OffsetAndTimestamp found =
        consumer.offsetsForTimes(Map.of(at, start.time()), ANSWERS_WITHIN).get(at);
    consumer.seek(at, found == null ? end : found.offset());
  }

  private void look(TopicWatch watch, Start start) {
    boolean recreated = watch.poll().filter(TopicWatch.Change::recreated).isPresent();
    long now = System.nanoTime();
    if (watch.answers()) {
      answeredAt = now;
      answersAgain();
    } else if (now - answeredAt > SILENT_NANOS) {
      warn(
          "updates are not read, as Kafka at %s does not answer about the topic %s",
          settings.bootstrap(), start.topic());
    }
    if (recreated) {
      LOG.warn("the topic {} was made anew; it is read from its beginning", start.topic());
      state.readAgain(start);
    }
  }

  private void answersAgain() {
    if (!known.isEmpty()) {
      LOG.info("updates are read again from Kafka at {}", settings.bootstrap());
      known = "";
    }
  }

  /** Warns, but not again of what was said last. */
  private void warn(String format, Object... values) {
    if (known.isEmpty()) {
      known = format.formatted(values);
      LOG.warn("{}; the newest versions are followed meanwhile", known);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    KafkaConsumer<byte[], byte[]> open = consumer;
    if (open != null) {
      open.wakeup();
    }
    try {
      thread.join(CLOSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
