package io.millrace.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.kafka.LeaseLog.Step;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that one job at a time writes to the topics of a prefix. A thread claims the lease in
 * the topic {@code PREFIX.lease} and writes a beat every 2 s, until it is closed. {@link LeaseLog}
 * says who holds the lease, {@link LeaseTerms} when a job may claim it.
 *
 * <p>While no broker answers, nothing changes: the holder goes on, and nobody can claim the lease.
 */
public final class Lease implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Lease.class);

  private static final Duration POLL = Duration.ofMillis(250);
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(5);

  /** The holder's last beats are among so many entries, as few others are written. */
  private static final int TAIL = 100;

  private static final String AFTER = "millrace.lease.after";

  private final ClientSettings settings;
  private final String prefix;
  private final TopicPartition topic;
  private final LeaseHolder me;
  private final LeaseTerms terms;
  private final boolean claims;
  private final Thread thread = new Thread(this::run, "lease");
  private final CountDownLatch decided = new CountDownLatch(1);

  private KafkaConsumer<String, String> consumer;
  private KafkaProducer<String, String> producer;
  private LeaseLog log;
  private long position;
  private long lastLook = System.nanoTime();
  private long lastBeat;
  private Future<RecordMetadata> sent;
  private volatile boolean held;
  private volatile boolean free;
  private volatile boolean closing;
  private volatile String problem;
  private volatile String trouble = "";
  private volatile LeaseHolder waitsFor;

  private Lease(ClientSettings settings, Topics topics, LeaseHolder me, boolean claims) {
    this.settings = settings;
    this.prefix = topics.prefix();
    this.topic = new TopicPartition(topics.leaseTopic().name(), 0);
    this.me = me;
    this.terms = new LeaseTerms(me);
    this.claims = claims;
    thread.setDaemon(true);
  }

  /** Starts to claim and hold the lease; returns at once. */
  public static Lease start(ClientSettings settings, Topics topics, LeaseHolder me) {
    return start(new Lease(settings, topics, me, true));
  }

  private static Lease start(Lease lease) {
    lease.thread.start();
    return lease;
  }

  /**
   * Returns when the lease may be claimed, and does not claim it: a job on a cluster does so
   * itself, as it may go on without the process that has submitted it.
   *
   * @param out takes a line if that takes a while
   * @throws BrokerException as {@link #take}
   */
  public static void check(
      ClientSettings settings, Topics topics, LeaseHolder me, Consumer<String> out) {
    try (Lease lease = start(new Lease(settings, topics, me, false))) {
      lease.await(out);
    }
  }

  /**
   * Claims the lease, and returns when it is held.
   *
   * @param out takes a line if that takes a while
   * @throws BrokerException if another job holds it, or the topic cannot be read and written
   */
  public static Lease take(
      ClientSettings settings, Topics topics, LeaseHolder me, Consumer<String> out) {
    Lease lease = start(settings, topics, me);
    try {
      lease.await(out);
      return lease;
    } catch (RuntimeException e) {
      lease.close();
      throw e;
    }
  }

  private void await(Consumer<String> out) {
    try {
      if (!decided.await(3, TimeUnit.SECONDS)) {
        LeaseHolder holder = waitsFor;
        if (holder != null) {
          out.accept(
              "waiting up to %d s until it is clear whether another job still writes to %s.*: %s"
                  .formatted(LeaseTerms.PATIENCE.toSeconds(), prefix, holder.words()));
        }
        decided.await(2 * LeaseTerms.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException("interrupted while waiting for topic " + topic.topic(), e);
    }
    problem().ifPresent(this::fail);
    if (!held && !free) {
      fail(
          "topic %s at %s must be readable and writable but was not: %s"
              .formatted(topic.topic(), settings.bootstrap(), trouble));
    }
  }

  private void fail(String message) {
    throw new BrokerException(message);
  }

  /** Why this job must not run, in one line; empty if nothing is known against it. */
  public Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  private void run() {
    try {
      while (!closing && problem == null) {
        stepOrTrouble();
      }
    } finally {
      if (!closing && problem == null) {
        problem =
            "job no longer tells others that it writes to %s.*; see the log".formatted(prefix);
      }
      Thread.interrupted(); // closing a client takes an interrupt for a wish to stop
      disconnect();
      decided.countDown();
    }
  }

  /** Whatever fails is tried again: a holder that ends to write loses the lease. */
  private void stepOrTrouble() {
    try {
      step();
    } catch (InterruptException | InterruptedException e) {
      closing = true;
    } catch (RuntimeException e) {
      trouble(e);
    }
  }

  /** Kafka's clients may not be used after some errors, so new ones are opened. */
  private void trouble(RuntimeException e) {
    String reason = ClientSettings.reason(e);
    if (!reason.equals(trouble)) {
      LOG.warn("topic {} cannot be read or written, trying again: {}", topic.topic(), reason);
    }
    trouble = reason;
    passed(false);
    disconnect();
    try {
      Thread.sleep(POLL.toMillis());
    } catch (InterruptedException interrupted) {
      closing = true;
    }
  }

  private void step() throws InterruptedException {
    connect();
    consumer.poll(POLL).forEach(this::read);
    checkSent();
    boolean mine = log.isHeldBy(me);
    if (mine && log.certain()) {
      hold();
    } else if (held && !mine && log.certain() && log.holder() != null) {
      problem =
          "another job has taken over %s.*, as this one was silent for more than %d s: %s"
              .formatted(prefix, LeaseTerms.SILENCE.toSeconds(), log.holder().words());
    } else {
      claimOrWait();
    }
  }

  private void connect() {
    if (consumer == null) {
      consumer =
          new KafkaConsumer<>(
              consumerSettings(), new StringDeserializer(), new StringDeserializer());
      consumer.assign(List.of(topic));
      start();
    }
    if (producer == null) {
      producer =
          new KafkaProducer<>(producerSettings(), new StringSerializer(), new StringSerializer());
    }
  }

  /** Begins near the end, or goes on where a former consumer has stopped. */
  private void start() {
    long end = consumer.endOffsets(List.of(topic), ANSWERS_WITHIN).get(topic);
    if (log == null || end < position) {
      long begin = consumer.beginningOffsets(List.of(topic), ANSWERS_WITHIN).get(topic);
      position = Math.max(begin, end - TAIL);
      log = new LeaseLog(position == 0 || begin == end);
      readUpTo(end);
    } else {
      consumer.seek(topic, position);
    }
  }

  /** What was written before this job began to listen says who holds the lease, not who lives. */
  private void readUpTo(long end) {
    consumer.seek(topic, position);
    while (consumer.position(topic, ANSWERS_WITHIN) < end && !closing) {
      consumer.poll(POLL).forEach(this::take);
    }
    position = consumer.position(topic, ANSWERS_WITHIN);
    lastLook = System.nanoTime();
  }

  private void read(ConsumerRecord<String, String> entry) {
    if (take(entry) && !log.isHeldBy(me)) {
      terms.heard();
    }
  }

  private boolean take(ConsumerRecord<String, String> entry) {
    position = entry.offset() + 1;
    try {
      Step step = Step.valueOf(entry.value().toUpperCase(Locale.ROOT));
      LeaseHolder writer = LeaseHolder.read(entry.key(), entry.headers());
      long after = Long.parseLong(new String(entry.headers().lastHeader(AFTER).value(), UTF_8));
      return log.take(entry.offset(), step, writer, after);
    } catch (RuntimeException e) {
      LOG.warn("topic {} holds an entry that no lease wrote: {}", topic.topic(), e.getMessage());
      return false;
    }
  }

  private void hold() {
    held = true;
    waitsFor = null;
    decided.countDown();
    if (System.nanoTime() - lastBeat >= LeaseTerms.BEAT.toNanos()) {
      send(Step.BEAT);
    }
  }

  private void claimOrWait() {
    waitsFor = log.holder();
    passed(answers());
    Optional<LeaseHolder> other = terms.refusedBy(log.holder());
    if (other.isPresent()) {
      problem =
          "another job writes to %s.*: %s; stop it, or set kafka.prefix to another text"
              .formatted(prefix, other.get().words());
    } else if (sent == null && terms.mayClaim(log.holder(), log.certain())) {
      log.settle();
      claim();
    }
  }

  private void claim() {
    if (claims) {
      send(Step.CLAIM);
    } else {
      free = true;
      closing = true;
    }
  }

  /** Whether the topic can be read: a poll without records does not say so. */
  private boolean answers() {
    return consumer.endOffsets(List.of(topic), ANSWERS_WITHIN).get(topic) >= 0;
  }

  private void passed(boolean readable) {
    long now = System.nanoTime();
    terms.passed(Duration.ofNanos(now - lastLook), readable);
    lastLook = now;
  }

  private void send(Step step) {
    lastBeat = System.nanoTime();
    ProducerRecord<String, String> entry =
        new ProducerRecord<>(topic.topic(), 0, me.claim(), step.name().toLowerCase(Locale.ROOT));
    me.write(entry.headers());
    entry.headers().add(AFTER, Long.toString(log.last()).getBytes(UTF_8));
    sent = producer.send(entry);
  }

  private void checkSent() throws InterruptedException {
    if (sent == null || !sent.isDone()) {
      return;
    }
    try {
      long offset = sent.get().offset();
      if (offset < position) {
        sent = null; // it has been read, too
      }
    } catch (ExecutionException e) {
      sent = null;
      throw new KafkaException(ClientSettings.reason(e), e);
    }
  }

  private Properties consumerSettings() {
    Properties all = settings.consumer();
    all.setProperty("default.api.timeout.ms", Long.toString(ANSWERS_WITHIN.toMillis()));
    all.setProperty("request.timeout.ms", Long.toString(ANSWERS_WITHIN.toMillis()));
    return all;
  }

  /** An entry that cannot be written soon is not written at all. */
  private Properties producerSettings() {
    Properties all = settings.producer();
    String soon = Long.toString(ANSWERS_WITHIN.toMillis());
    all.putAll(
        Map.of(
            "max.block.ms", soon,
            "request.timeout.ms", soon,
            "delivery.timeout.ms", Long.toString(2 * ANSWERS_WITHIN.toMillis())));
    return all;
  }

  private void disconnect() {
    if (consumer != null) {
      closeQuietly(() -> consumer.close(CloseOptions.timeout(Duration.ZERO)));
      consumer = null;
    }
    if (producer != null) {
      closeQuietly(() -> producer.close(Duration.ZERO));
      producer = null;
    }
    sent = null;
  }

  private void closeQuietly(Runnable close) {
    try {
      close.run();
    } catch (RuntimeException e) {
      LOG.warn("topic {}: a client cannot be closed: {}", topic.topic(), ClientSettings.reason(e));
    }
  }

  /** Gives the lease up, so that another job need not wait; ends when that is written. */
  public synchronized void release() {
    close();
    if (!held || problem != null) {
      return;
    }
    held = false;
    try {
      producer =
          new KafkaProducer<>(producerSettings(), new StringSerializer(), new StringSerializer());
      send(Step.RELEASE);
      sent.get(ANSWERS_WITHIN.toSeconds(), TimeUnit.SECONDS);
    } catch (KafkaException | ExecutionException | TimeoutException e) {
      LOG.warn("{} is not released: {}", topic.topic(), ClientSettings.reason(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      disconnect();
    }
  }

  /** Stops to write. Whoever claims the lease next waits until this job has been silent. */
  @Override
  public void close() {
    closing = true;
    thread.interrupt();
    try {
      thread.join(ANSWERS_WITHIN.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
