package io.millrace.kafka;

import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;

/**
 * Sends a log into a topic, in its order, paced by event time or as fast as possible.
 *
 * <p>Within a partition the order is kept, and no record is lost or duplicated, also when the
 * broker does not answer for a while: the producer is idempotent and retries for 2 minutes. After
 * that the replay stops with an error. The partition of a record depends on the record alone, so a
 * replay can be repeated.
 *
 * <p>The timestamp of a record is the time of sending, not event time: a broker deletes by
 * timestamp, and would delete an old log as soon as it arrives.
 */
public final class EventReplay {
  /** Speed of {@link Options} that does not wait at all. */
  public static final double MAX_SPEED = Double.POSITIVE_INFINITY;

  /**
   * Event time of a record that has none, such as one that cannot be parsed: it is sent at once.
   */
  public static final long NO_TIME = Long.MIN_VALUE;

  private static final long PROGRESS_NANOS = Duration.ofMillis(500).toNanos();

  /**
   * A record to send.
   *
   * @param key the record's key, such as a user, or null
   * @param value the record's value
   * @param eventTime when it happened, milliseconds since the epoch; paces the replay; or {@link
   *     #NO_TIME}
   * @param sequence its place in the log, at least 0
   */
  @SuppressWarnings("ArrayRecordComponent") // bytes are passed on, never written or compared
  public record Event(byte[] key, byte[] value, long eventTime, int sequence) {}

  /** How the partition of a record is chosen; {@code P} is the topic's number of partitions. */
  public enum Partitioning {
    /** Record {@code i} of the log goes to partition {@code i mod P}. */
    SEQUENCE,
    /** Kafka's own hash of the key, so a user stays in one partition; without a key as SEQUENCE. */
    KEY
  }

  /**
   * How to replay.
   *
   * @param topic topic to send to; it must exist
   * @param speed event time over wall time, above 0: 1 is real time, 3600 an hour each second,
   *     {@link #MAX_SPEED} as fast as possible
   * @param partitioning how the partition of a record is chosen
   */
  public record Options(String topic, double speed, Partitioning partitioning) {
    public Options {
      if (!(speed > 0)) {
        throw new IllegalArgumentException("speed must be > 0 or max but was " + speed);
      }
    }

    /** As fast as possible, partitions in turn. */
    public static Options max(String topic) {
      return new Options(topic, MAX_SPEED, Partitioning.SEQUENCE);
    }
  }

  /**
   * Progress of a replay.
   *
   * @param sent records handed to the producer
   * @param acknowledged records that Kafka has stored
   * @param eventTime event time of the newest record sent, milliseconds since the epoch, or {@link
   *     #NO_TIME}
   */
  public record Progress(long sent, long acknowledged, long eventTime) {}

  /**
   * Result of a finished replay.
   *
   * @param perPartition records stored in each partition, all by this replay
   * @param elapsed wall time from the first record to the last acknowledgement
   */
  public record Result(List<Long> perPartition, Duration elapsed) {
    /** Records stored in all partitions. */
    public long total() {
      return perPartition.stream().mapToLong(Long::longValue).sum();
    }
  }

  private final ClientSettings settings;
  private final Options options;
  private final Consumer<Progress> listener;
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private long sent;
  private long newest = NO_TIME;
  private long lastReport;

  private EventReplay(ClientSettings settings, Options options, Consumer<Progress> listener) {
    this.settings = settings;
    this.options = options;
    this.listener = listener;
  }

  /**
   * Sends all events and waits until Kafka has stored them.
   *
   * @param progress called from the calling thread about twice a second, and at the end
   * @throws BrokerException if no broker answers within 10 s at the start, the topic does not
   *     exist, or a record is refused or not delivered within 2 minutes
   */
  public static Result run(
      ClientSettings settings,
      Options options,
      Iterator<Event> events,
      Consumer<Progress> progress) {
    settings.checkReachable();
    EventReplay replay = new EventReplay(settings, options, progress);
    try {
      return replay.run(events);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException("replay into " + options.topic() + " was interrupted", e);
    }
  }

  private Result run(Iterator<Event> events) throws InterruptedException {
    long[] counts = new long[partitions()];
    long start = System.nanoTime();
    lastReport = start;
    KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            settings.producer(), new ByteArraySerializer(), new ByteArraySerializer());
    boolean finished = false;
    try {
      sendAll(producer, events, counts, start);
      producer.flush();
      throwIfFailed();
      finished = true;
    } finally {
      producer.close(finished ? ClientSettings.REACHABLE_WITHIN : Duration.ZERO);
    }
    report();
    List<Long> stored = Arrays.stream(counts).boxed().toList();
    return new Result(stored, Duration.ofNanos(System.nanoTime() - start));
  }

  private void sendAll(
      KafkaProducer<byte[], byte[]> producer, Iterator<Event> events, long[] counts, long start)
      throws InterruptedException {
    long firstEventTime = NO_TIME;
    while (events.hasNext()) {
      Event event = events.next();
      if (firstEventTime == NO_TIME) {
        firstEventTime = event.eventTime();
      }
      if (event.eventTime() != NO_TIME) {
        waitUntil(start + (long) ((event.eventTime() - firstEventTime) * 1e6 / options.speed()));
      }
      int partition = partition(event, counts.length);
      send(producer, new ProducerRecord<>(options.topic(), partition, event.key(), event.value()));
      counts[partition]++;
      sent++;
      newest = Math.max(newest, event.eventTime());
      reportNowAndThen();
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback takes failures
  private void send(KafkaProducer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record) {
    throwIfFailed();
    try {
      producer.send(
          record,
          (place, error) -> {
            if (error == null) {
              acknowledged.incrementAndGet();
            } else {
              failure.compareAndSet(null, error);
            }
          });
    } catch (KafkaException e) {
      failure.compareAndSet(null, e);
      throwIfFailed();
    }
  }

  private int partition(Event event, int partitions) {
    if (options.partitioning() == Partitioning.KEY && event.key() != null) {
      return Utils.toPositive(Utils.murmur2(event.key())) % partitions;
    }
    return event.sequence() % partitions;
  }

  private int partitions() throws InterruptedException {
    String topic = options.topic();
    try (Admin admin = settings.openAdmin()) {
      Map<String, TopicDescription> found =
          admin.describeTopics(List.of(topic)).allTopicNames().get();
      return found.get(topic).partitions().size();
    } catch (ExecutionException e) {
      boolean missing = e.getCause() instanceof UnknownTopicOrPartitionException;
      String why = missing ? "does not exist" : ClientSettings.reason(e);
      throw new BrokerException("topic " + topic + " at " + settings.bootstrap() + ": " + why, e);
    }
  }

  /** Waits in slices, so that progress and failures are reported even if events are far apart. */
  private void waitUntil(long nanos) throws InterruptedException {
    long left = nanos - System.nanoTime();
    while (left > 0) {
      long slice = Math.min(left, PROGRESS_NANOS);
      Thread.sleep(slice / 1_000_000, (int) (slice % 1_000_000));
      throwIfFailed();
      reportNowAndThen();
      left = nanos - System.nanoTime();
    }
  }

  private void reportNowAndThen() {
    long now = System.nanoTime();
    if (now - lastReport >= PROGRESS_NANOS) {
      lastReport = now;
      report();
    }
  }

  private void report() {
    listener.accept(new Progress(sent, acknowledged.get(), newest));
  }

  private void throwIfFailed() {
    Exception e = failure.get();
    if (e != null) {
      throw new BrokerException(
          "replay into %s at %s stopped with %d records stored: %s"
              .formatted(
                  options.topic(),
                  settings.bootstrap(),
                  acknowledged.get(),
                  ClientSettings.reason(e)),
          e);
    }
  }
}
