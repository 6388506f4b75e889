package io.millrace.tests.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.file.EventFile;
import io.millrace.jobfile.JobConfig;
import io.millrace.tests.ProjectRoot;
import io.millrace.tests.protocol.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * An arm with several replicas against the same arm with one: decoded events from memory, a thread
 * a task, no Flink and no Kafka. Changes and merges cross threads as objects, as within one
 * process, or as bytes. The MLPs are those of the MLET paper, as in {@link CriteoModel}, so the
 * step dominates; exchanges are of about 1,000 events a replica. Targets: 2 replicas learn 1.5
 * times the events a second where two cores are free; 4 replicas take at most 1.15 times the
 * processor time an event.
 */
@Tag("bench")
class ReplicaBench {
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 5);

  /** Rounds before those that count, in which the JIT compiler works. */
  private static final int WARM_UP = 4;

  private static final int DAY = 10_000;
  private static final int ALONE = 4 * DAY;
  private static final int TIMED = 4 * DAY;

  /** Of a replica between two exchanges. */
  private static final int EVENTS = 1_000;

  /** Of each round, us an event: wall time, processor time, and that of the replicas alone. */
  private static final class Times {
    final int replicas;
    final boolean share;
    final double[] wall = new double[ROUNDS];
    final double[] cpu = new double[ROUNDS];
    final double[] ofReplicas = new double[ROUNDS];

    Times(int replicas, boolean share) {
      this.replicas = replicas;
      this.share = share;
    }
  }

  @Test
  void severalAgainstOne() throws Exception {
    List<ClickEvent> events = events();
    Times one = new Times(1, false);
    List<Times> several =
        List.of(new Times(2, true), new Times(4, true), new Times(2, false), new Times(4, false));
    for (int r = -WARM_UP; r < ROUNDS; r++) {
      measure(one, events, Math.max(r, 0));
      for (Times times : several) {
        measure(times, events, Math.max(r, 0));
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%nReplicas of an arm, %,d events: median of %d rounds, load %.1f%n"
            + "targets: 2 replicas learn 1.5 x the events a second of 1, 4 take 1.15 x its"
            + " processor time%n"
            + "  1 replica: %.1f us of wall time an event, %.1f of processor time%n",
        TIMED,
        ROUNDS,
        Processor.load(),
        Processor.median(one.wall),
        Processor.median(one.cpu));
    several.forEach(times -> report(times, one));
  }

  private static void report(Times times, Times one) {
    String how = times.share ? "one process" : "bytes";
    double wall = Processor.medianRatio(one.wall, times.wall);
    double cpu = Processor.medianRatio(times.cpu, one.cpu);
    System.out.printf(
        Locale.ROOT,
        "  %d replicas, %s: %.2f x the events a second; %.2f x processor time, of which replicas"
            + " %.1f us%n",
        times.replicas,
        how,
        wall,
        cpu,
        Processor.median(times.ofReplicas));
    String what = times.replicas + " replicas over 1, " + how;
    BenchResults.add(ReplicaBench.class, what + ", events/s", wall, "x");
    BenchResults.add(ReplicaBench.class, what + ", cpu", cpu, "x");
  }

  private static List<ClickEvent> events() throws IOException {
    JobConfig config = job(1);
    List<ClickEvent> events = new ArrayList<>();
    try (EventFile file =
        EventFile.open(
            SharedData.find("data/criteo-80k/events.csv.gz"),
            config.format(),
            config.spec().schema(),
            config.limits(),
            (field, id, bytes, from, length) -> {})) {
      while (events.size() < ALONE + TIMED && file.next().decoded() instanceof ClickEvent event) {
        events.add(event);
      }
    }
    assertThat(events).hasSize(ALONE + TIMED);
    return events;
  }

  /** The example's job with the paper's MLPs and exchanges of about 1,000 events a replica. */
  private static JobConfig job(int replicas) throws IOException {
    Path example = ProjectRoot.find().resolve("examples/criteo-80k/job.yaml");
    String text = Files.readString(example, UTF_8);
    int student = text.indexOf("\nstudent:");
    int exchanges = ALONE / EVENTS / replicas; // a window, which they divide
    return JobConfig.parse(
        text.substring(0, student).replace("{size: 1d}", "{size: 4d, offset: 3d}")
            + """

            student:
              dim: 16
              bottom: [512, 256, 128]
              top: [512, 256]
              batch: 128
              table: {rule: sgd, lr: 0.1}
              dense: {rule: sgd, lr: 0.1}
              exchange: %dms
              alone_windows: 1
            arms: [{name: modulo, hash: modulo, ratio: 0.1, replicas: %d}]
            """
                .formatted(4 * 86_400_000 / exchanges, replicas),
        "bench");
  }

  /** Measures a window, after one that one replica learns alone. */
  private static void measure(Times times, List<ClickEvent> events, int round) throws IOException {
    try (ReplicaThreads threads = new ReplicaThreads(job(times.replicas).spec(), times.share)) {
      threads.learn(events.subList(0, ALONE));
      threads.awaitIdle();
      long before = threads.replicaNanos();
      long start = System.nanoTime();
      double nanos =
          Processor.nanos(
              () -> {
                threads.learn(events.subList(ALONE, ALONE + TIMED));
                threads.finish();
              });
      times.wall[round] = (System.nanoTime() - start) / 1e3 / TIMED;
      times.cpu[round] = nanos / 1e3 / TIMED;
      times.ofReplicas[round] = (threads.replicaNanos() - before) / 1e3 / TIMED;
      threads.assertLearned(ALONE + TIMED);
    }
  }
}
