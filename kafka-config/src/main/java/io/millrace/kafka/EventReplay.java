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
 * Sends a log into a topic, in the order given, as fast as its event times say or as fast as it
 * goes.
 *
 * <p>Within a partition the order is kept, nothing is lost and nothing doubled, also when the
 * broker goes away for a while: the producer is idempotent and keeps trying for {@link
 * ClientSettings#DELIVERY_TIMEOUT}. After that the replay stops with an error. Which partition a
 * record goes to follows from the record alone, so a replay can be repeated.
 *
 * <p>Records are stamped with the time of sending, not with event time: a broker deletes by that
 * stamp, and would drop an old log as soon as it arrives.
 */
public final class EventReplay {
  /** Speed of {@link Options} that does not wait at all. */
  public static final double MAX_SPEED = Double.POSITIVE_INFINITY;

  /**
   * Event time of a record that has none, such as one that cannot be parsed: it is not waited for.
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

  /** What decides the partition; {@code P} is the topic's number of partitions. */
  public enum Partitioning {
    /** Record {@code i} of the log goes to partition {@code i mod P}. */
    SEQUENCE,
    /** Kafka's own hash of the key, so a user stays in one partition; without a key as SEQUENCE. */
    KEY
  }

  /**
   * How to replay.
   *
   * @param topic where to; it must exist
   * @param speed event time over wall time, above 0: 1 as it happened, 3600 an hour each second,
   *     {@link #MAX_SPEED} without waiting
   * @param partitioning what decides the partition
   */
  public record Options(String topic, double speed, Partitioning partitioning) {
    public Options {
      if (!(speed > 0)) {
        throw new IllegalArgumentException("speed must be > 0 or max but was " + speed);
      }
    }

    /** As fast as it goes, partitions in turn. */
    public static Options max(String topic) {
      return new Options(topic, MAX_SPEED, Partitioning.SEQUENCE);
    }
  }

  /**
   * How far a replay is.
   *
   * @param sent records handed to the producer
   * @param acknowledged records that Kafka has stored
   * @param eventTime event time of the newest record sent, milliseconds since the epoch, or {@link
   *     #NO_TIME}
   */
  public record Progress(long sent, long acknowledged, long eventTime) {}

  /**
   * What a finished replay did.
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
   * @throws BrokerException if no broker answers within {@link ClientSettings#REACHABLE_WITHIN} at
   *     the start, the topic does not exist, a record is refused, or could not be delivered within
   *     {@link ClientSettings#DELIVERY_TIMEOUT}
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

  @SuppressWarnings("FutureReturnValueIgnored") // the callback hears of failures
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

  /** Waits in slices, so that progress and a failure show also where events are far apart. */
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
