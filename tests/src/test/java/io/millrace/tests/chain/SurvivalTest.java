package io.millrace.tests.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.serving.ScoringClient.Answer;
import io.millrace.tests.chain.Chain.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: whatever is killed under load, within ten seconds of all processes being ready the server
 * answers, and has learned more than before the kills. Every answer, also between kills, is that of
 * the version and the update that it names. Each version is what the one before it and the updates
 * between them make, and every event is learned once.
 *
 * <p>{@code -Dsurvival.seed} chooses what is killed and when.
 */
class SurvivalTest {

  private static final long SEED = Long.getLong("survival.seed", 1);
  private static final int PER_SECOND = 500;
  private static final Duration RIGHT_WITHIN = Duration.ofSeconds(10);
  private static final int LONGEST_PAUSE_MS = 1500;

  /** Versions often, so that many are compared with updates; all are kept. */
  private static final String SETTINGS =
      """
      publish: {every_seconds: 4, keep: 100000}
      checkpoints: {interval: 2s}
      """;

  @TempDir Path folder;

  private final Random random = new Random(SEED);
  private final Set<Object> checked = new LinkedHashSet<>();

  @Test
  @Timeout(900)
  void twoRounds() throws Exception {
    survive(2, 2);
  }

  @Test
  @Tag("long")
  @Timeout(3600)
  void twentyRounds() throws Exception {
    survive(20, 3);
  }

  private void survive(int rounds, int most) throws Exception {
    try (Chain chain = new Chain(folder, SETTINGS);
        UpdateLog log = new UpdateLog(chain.kafka());
        Traffic traffic = new Traffic(chain.kafka(), PER_SECOND, Traffic.BATCH)) {
      Replica replica = new Replica(chain.models(), log);
      Chain.until("there is a checkpoint", () -> chain.newestCheckpoint().isPresent());
      try (Load load = new Load(chain.client(), replica)) {
        Chain.until("a model is served", () -> load.learnedUntil().isAfter(Instant.EPOCH));
        int round = 0;
        for (List<Kind> kills = new ArrayList<>(); round < rounds; round++) {
          if (kills.isEmpty()) {
            kills.addAll(Arrays.asList(Kind.values()));
            Collections.shuffle(kills, random);
          }
          int n =
              round + 1 == rounds ? kills.size() : 1 + random.nextInt(Math.min(most, kills.size()));
          List<Kind> now = kills.subList(0, n);
          round(round, List.copyOf(now), chain, load);
          now.clear();
          check(load, replica);
        }
        long sent = traffic.stop();
        Chain.until("all " + sent + " events are learned", () -> replica.eventsLearned() >= sent);
        assertThat(replica.eventsLearned()).isEqualTo(sent);
        check(load, replica);
      }
      int versions = replica.checkVersions(Load.CANDIDATES);
      System.out.printf(
          "%d states that were served, and %d versions, are right; seed %d%n",
          checked.size(), versions, SEED);
      assertThat(versions).isPositive();
      assertThat(log.faults()).isZero();
    }
  }

  /** Kills some of the processes, starts them again, and waits until the server is right. */
  private void round(int number, List<Kind> killed, Chain chain, Load load) throws Exception {
    load.takeFailures();
    Thread.sleep(random.nextInt(LONGEST_PAUSE_MS));
    assertThat(load.takeFailures()).as("before round %d", number).isEmpty();
    Instant before = load.learnedUntil();
    for (Kind kind : killed) {
      chain.kill(kind);
      Thread.sleep(random.nextInt(LONGEST_PAUSE_MS));
    }
    for (Kind kind : killed.stream().sorted().toList()) { // the job needs the broker
      chain.start(kind);
    }
    for (Kind kind : Kind.values()) {
      chain.awaitReady(kind);
    }
    long ready = System.nanoTime();
    Instant readyAt = Instant.now();
    Chain.until("an answer has learned more", () -> load.learnedUntil().isAfter(before));
    double seconds = (System.nanoTime() - ready) / 1e9;
    Chain.until("the backlog is learned", () -> load.learnedUntil().isAfter(readyAt));
    double backlog = (System.nanoTime() - ready) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "round %d: killed %s, right after %.1f s, up to date after %.1f s%n",
        number,
        killed,
        seconds,
        backlog);
    assertThat(seconds).as("killed %s", killed).isLessThan(RIGHT_WITHIN.toMillis() / 1e3);
  }

  /** Answers of one state are equal, so that each state is computed once. */
  private void check(Load load, Replica replica) throws Exception {
    for (Answer answer : load.take()) {
      if (checked.add(answer)) {
        replica.check(answer, Load.CANDIDATES);
      }
    }
  }
}
