package io.millrace.tests.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.serving.ScoringClient;
import io.millrace.serving.ScoringClient.Answer;
import io.millrace.snapshot.UpdateHeader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;

/**
 * Measures how long it takes until a served score has learned from an event.
 *
 * <p>A probe is an event with an id that no other event has. Two candidates are scored in one
 * request, one with this id and one with an id that never comes, and nothing else differs. Ids
 * without a row contribute nothing, so both scores are equal until the model has a row for the
 * probe's id: no noise hides the change. The time runs from the broker's acknowledgement of the
 * event to the first answer in which the scores differ and which names a state that has learned up
 * to the time of the event.
 */
final class Freshness {

  private static final int EACH_MS = 150;
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(30);
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  private final Chain chain;
  private final Traffic traffic;
  private final UpdateLog log;
  private final int batch;
  private final RandomGenerator random = new SplittableRandom(3);
  private final List<Pending> pending = new ArrayList<>();
  private final List<Delay> delays = new ArrayList<>();
  private final List<double[]> gauges = new ArrayList<>();
  private int probes;

  /**
   * What a probe took, and its parts, in seconds.
   *
   * @param total from the acknowledgement to the answer
   * @param batch until the events that fill the probe's batch were acknowledged
   * @param update from then until the student sent the update: it waits for the watermark, learns,
   *     and waits for the timer of updates
   * @param delivery from then to the answer: Kafka, the server's poll, applying the update, the
   *     request
   */
  record Delay(double total, double batch, double update, double delivery) {}

  private record Pending(String id, String control, CompletableFuture<Traffic.Acked> acked) {}

  /**
   * Measures on a chain.
   *
   * @param batch events of a batch of the student
   */
  Freshness(Chain chain, Traffic traffic, UpdateLog log, int batch) {
    this.chain = chain;
    this.traffic = traffic;
    this.log = log;
    this.batch = batch;
  }

  /** Measures until so many probes have been seen; several are under way at a time. */
  List<Delay> measure(int n) throws Exception {
    ScoringClient client = chain.client(ANSWERS_WITHIN);
    chain.learningLagSeconds(); // waits until the page shows it
    long start = System.nanoTime();
    long nextProbe = start;
    while (delays.size() < n) {
      assertThat(System.nanoTime() - start)
          .as("time for %d probes", n)
          .isLessThan(PATIENCE_NANOS + n * 1_000_000_000L);
      if (System.nanoTime() > nextProbe && probes < n) {
        begin(client);
        nextProbe = System.nanoTime() + (EACH_MS / 2 + random.nextInt(EACH_MS)) * 1_000_000L;
        gauges.add(
            new double[] {
              chain.serverGauge("millrace_serving_age_seconds"), chain.learningLagSeconds()
            });
      }
      look(client);
      Thread.sleep(2);
    }
    return List.copyOf(delays);
  }

  /** Sends a probe, unless its two candidates already differ, as ids may share a linear weight. */
  private void begin(ScoringClient client) throws IOException, InterruptedException {
    String id = "probe-" + System.nanoTime();
    String control = "never-" + System.nanoTime();
    List<Float> before = client.score(Map.of(), candidates(id, control)).predictions();
    if (before.get(0).equals(before.get(1))) {
      pending.add(new Pending(id, control, traffic.probe(id)));
      probes++;
    }
  }

  private static List<Map<String, Object>> candidates(String id, String control) {
    return List.of(
        Traffic.candidate("u1", "i1", 10, id), Traffic.candidate("u1", "i1", 10, control));
  }

  private void look(ScoringClient client) throws IOException, InterruptedException {
    if (pending.isEmpty()) {
      return;
    }
    List<Map<String, Object>> candidates = new ArrayList<>();
    pending.forEach(probe -> candidates.addAll(candidates(probe.id(), probe.control())));
    Answer answer = client.score(Map.of(), candidates);
    long now = System.nanoTime();
    int first = 0;
    for (Iterator<Pending> all = pending.iterator(); all.hasNext(); first += 2) {
      Pending probe = all.next();
      boolean changed =
          !answer.predictions().get(first).equals(answer.predictions().get(first + 1));
      if (changed && probe.acked().isDone() && learned(answer, probe.acked().join())) {
        delays.add(delay(probe.acked().join(), now));
        all.remove();
      }
    }
  }

  private static boolean learned(Answer answer, Traffic.Acked event) {
    return answer.learnedUntil().filter(until -> until.toEpochMilli() >= event.time()).isPresent();
  }

  private Delay delay(Traffic.Acked event, long seenAt) {
    long last = event.number() / batch * batch + batch - 1;
    long filledAt = Math.max(event.atNanos(), traffic.acked(last).join().atNanos());
    UpdateLog.Arrived update = update(event);
    long sentAt = System.nanoTime() - (System.currentTimeMillis() - update.sentAt()) * 1_000_000;
    return new Delay(
        seconds(event.atNanos(), seenAt),
        seconds(event.atNanos(), filledAt),
        seconds(filledAt, sentAt),
        seconds(sentAt, seenAt));
  }

  private UpdateLog.Arrived update(Traffic.Acked event) {
    Chain.until("the update that has the event", () -> log.first(h -> has(h, event)).isPresent());
    return log.first(header -> has(header, event)).orElseThrow();
  }

  private static boolean has(UpdateHeader header, Traffic.Acked event) {
    return header.eventsLearned() > event.number() && header.lastEventTime() >= event.time();
  }

  private static double seconds(long from, long to) {
    return (to - from) / 1e9;
  }

  /** Mean of the server's own age, and of the student's lag, at random moments; seconds. */
  double[] ownMetrics() {
    return new double[] {
      gauges.stream().mapToDouble(g -> g[0]).average().orElseThrow(),
      gauges.stream().mapToDouble(g -> g[1]).average().orElseThrow()
    };
  }

  /** The value below which this share of probes is. */
  static double quantile(List<Delay> delays, ToDoubleFunction<Delay> part, double share) {
    double[] sorted = delays.stream().mapToDouble(part).sorted().toArray();
    return sorted[(int) Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  }

  /** A table: each part at p50 and p99, and its mean. */
  static String table(List<Delay> delays) {
    return String.format(Locale.ROOT, "%-34s %6s %6s %6s%n", "seconds", "mean", "p50", "p99")
        + row("from the event to the score", delays, Delay::total)
        + row("  the batch fills", delays, Delay::batch)
        + row("  watermark, step, update's timer", delays, Delay::update)
        + row("  Kafka, server, request", delays, Delay::delivery);
  }

  private static String row(String name, List<Delay> delays, ToDoubleFunction<Delay> part) {
    double mean =
        Arrays.stream(delays.stream().mapToDouble(part).toArray()).average().orElseThrow();
    return String.format(
        Locale.ROOT,
        "%-34s %6.2f %6.2f %6.2f%n",
        name,
        mean,
        quantile(delays, part, 0.5),
        quantile(delays, part, 0.99));
  }
}
