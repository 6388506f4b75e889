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
 * a task, each command and change as bytes between them, no Flink and no Kafka. The MLPs are those
 * of the MLET paper, as in {@link CriteoModel}, so the step dominates; exchanges are of about 1,000
 * events a replica. Targets: 2 replicas learn 1.5 times the events a second where two cores are
 * free; 4 replicas take at most 1.15 times the processor time an event.
 */
@Tag("bench")
class ReplicaBench {
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 5);

  /** Rounds before those that count, in which the JIT compiler works. */
  private static final int WARM_UP = 2;

  private static final int DAY = 10_000;
  private static final int ALONE = 4 * DAY;
  private static final int TIMED = 4 * DAY;

  @Test
  void severalAgainstOne() throws Exception {
    List<ClickEvent> events = events();
    double[][] one = new double[3][ROUNDS];
    double[][] two = new double[3][ROUNDS];
    double[][] four = new double[3][ROUNDS];
    for (int r = -WARM_UP; r < ROUNDS; r++) {
      measure(1, events, one, Math.max(r, 0));
      measure(2, events, two, Math.max(r, 0));
      measure(4, events, four, Math.max(r, 0));
    }
    double wall = Processor.medianRatio(one[0], two[0]);
    double cpu = Processor.medianRatio(four[1], one[1]);
    System.out.printf(
        Locale.ROOT,
        "%nReplicas of an arm, %,d events: median of %d rounds, load %.1f%n"
            + "  1 replica: %.1f us of wall time an event, %.1f of processor time%n"
            + "  2 replicas: %.2f x the events a second, target 1.5; %.2f x processor time%n"
            + "  4 replicas: %.2f x the events a second; %.2f x processor time, target 1.15%n"
            + "  processor time of the replicas alone: %.1f us with 2, %.1f us with 4%n",
        TIMED,
        ROUNDS,
        Processor.load(),
        Processor.median(one[0]),
        Processor.median(one[1]),
        wall,
        Processor.medianRatio(two[1], one[1]),
        Processor.medianRatio(one[0], four[0]),
        cpu,
        Processor.median(two[2]),
        Processor.median(four[2]));
    BenchResults.add(ReplicaBench.class, "2 replicas over 1, events/s", wall, "x");
    BenchResults.add(ReplicaBench.class, "4 replicas over 1, cpu", cpu, "x");
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
    int exchanges = (DAY / 1_000 + replicas - 1) / replicas; // a day, which they divide
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
                .formatted(86_400_000 / exchanges, replicas),
        "bench");
  }

  /**
   * Wall time, processor time, and that of the replicas alone, us an event, after a day that one
   * replica learns alone.
   */
  private static void measure(int replicas, List<ClickEvent> events, double[][] micros, int round)
      throws IOException {
    try (ReplicaThreads threads = new ReplicaThreads(job(replicas).spec())) {
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
      micros[0][round] = (System.nanoTime() - start) / 1e3 / TIMED;
      micros[1][round] = nanos / 1e3 / TIMED;
      micros[2][round] = (threads.replicaNanos() - before) / 1e3 / TIMED;
      threads.assertLearned(ALONE + TIMED);
    }
  }
}
