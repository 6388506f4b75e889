package io.millrace.tests.chain;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.kafka.ClientSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A producer that sends made-up clicks at a steady rate, each with the time at which it is sent. It
 * waits while the broker is away, and loses nothing.
 */
final class Traffic implements AutoCloseable {

  /** The job that learns from it: one plain arm, everything else by default. */
  static final String JOB =
      """
      name: chain
      schema:
        label: {column: click}
        time: {column: at, unit: ms}
        dense: [{columns: price}]
        categorical:
          - {columns: user, expected_ids: 500}
          - {columns: item, expected_ids: 100}
          - {columns: probe, expected_ids: 1000}
      arms: [{name: plain, hash: full}]
      """;

  /** Events of a batch of that arm. */
  static final int BATCH = 128;

  private static final String TOPIC = "chain.events";
  private static final int USERS = 500;
  private static final int ITEMS = 100;

  private final KafkaProducer<byte[], byte[]> producer;
  private final int perSecond;
  private final int batch;
  private final RandomGenerator random = new SplittableRandom(1);
  private final ConcurrentLinkedQueue<Probe> probes = new ConcurrentLinkedQueue<>();
  private final List<CompletableFuture<Acked>> sent = new ArrayList<>();
  private final Thread thread;
  private volatile boolean stopping;
  private volatile boolean closed;

  /**
   * An event that the broker has.
   *
   * @param number of the event, from 0
   * @param time its event time, ms
   * @param atNanos when the broker acknowledged it, by {@link System#nanoTime}
   */
  record Acked(long number, long time, long atNanos) {}

  private record Probe(String id, CompletableFuture<Acked> acked) {}

  /**
   * Starts sending.
   *
   * @param perSecond events a second
   * @param batch events of a batch, of which the last is completed
   */
  Traffic(ClientSettings kafka, int perSecond, int batch) {
    Properties settings = kafka.producer();
    settings.setProperty("delivery.timeout.ms", "600000");
    settings.setProperty("max.block.ms", "600000");
    this.producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    this.perSecond = perSecond;
    this.batch = batch;
    this.thread = new Thread(this::run, "traffic");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      sendAll();
    } catch (IllegalStateException | KafkaException e) {
      if (!closed) {
        throw e;
      }
    }
  }

  private void sendAll() {
    long start = System.nanoTime();
    while (!stopping || sent.size() % batch != 0) {
      Probe probe = probes.poll();
      CompletableFuture<Acked> acked = probe == null ? new CompletableFuture<>() : probe.acked();
      send(event(probe == null ? null : probe.id()), acked);
      LockSupport.parkNanos(start + sent.size() * 1_000_000_000L / perSecond - System.nanoTime());
    }
    LockSupport.parkNanos(5_000_000); // the student holds events of the newest millisecond
    send(event(null), new CompletableFuture<>());
    producer.flush();
  }

  private void send(String fields, CompletableFuture<Acked> acked) {
    long number = sent.size();
    long time = System.currentTimeMillis();
    byte[] record = ("{\"at\": " + time + ", " + fields + "}").getBytes(UTF_8);
    synchronized (sent) {
      sent.add(acked);
    }
    var unused =
        producer.send(
            new ProducerRecord<>(TOPIC, record),
            (metadata, fault) -> {
              if (fault == null) {
                acked.complete(new Acked(number, time, System.nanoTime()));
              } else {
                acked.completeExceptionally(fault);
              }
            });
  }

  /** A user and an item like each other or not, by the sum of their numbers. */
  private String event(String probe) {
    int user = (int) (USERS * random.nextDouble() * random.nextDouble());
    int item = random.nextInt(ITEMS);
    int click = random.nextDouble() < ((user + item) % 4 == 0 ? 0.6 : 0.2) ? 1 : 0;
    return "\"click\": %d, \"user\": \"u%d\", \"item\": \"i%d\", \"price\": %d, \"probe\": %s"
        .formatted(
            click, user, item, random.nextInt(100), probe == null ? "null" : "\"" + probe + "\"");
  }

  /** Sends an event with this id, which no other event has, as the next one. */
  CompletableFuture<Acked> probe(String id) {
    Probe probe = new Probe(id, new CompletableFuture<>());
    probes.add(probe);
    return probe.acked();
  }

  /** The event with a number, once the broker has it. */
  CompletableFuture<Acked> acked(long number) {
    while (true) {
      synchronized (sent) {
        if (sent.size() > number) {
          return sent.get((int) number);
        }
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  /**
   * Stops after a complete batch, and waits until the broker has it; how many events there were,
   * but for one more, without which the student would hold the last ones.
   */
  long stop() throws InterruptedException {
    stopping = true;
    thread.join();
    sent.forEach(CompletableFuture::join);
    return sent.size() - 1L;
  }

  /** Candidates with ids that occur, and some that do not. */
  static List<Map<String, Object>> candidates(int n) {
    RandomGenerator random = new SplittableRandom(2);
    List<Map<String, Object>> candidates = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      candidates.add(
          candidate(
              "u" + random.nextInt(USERS * 11 / 10),
              "i" + random.nextInt(ITEMS * 11 / 10),
              random.nextInt(100),
              null));
    }
    return candidates;
  }

  /** One candidate. */
  static Map<String, Object> candidate(String user, String item, int price, String probe) {
    Map<String, Object> columns = new HashMap<>();
    columns.put("user", user);
    columns.put("item", item);
    columns.put("price", price);
    columns.put("probe", probe);
    return columns;
  }

  @Override
  public void close() {
    closed = true;
    producer.close(Duration.ZERO);
  }
}
