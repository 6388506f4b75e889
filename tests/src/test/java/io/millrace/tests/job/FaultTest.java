package io.millrace.tests.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.jobfile.JobConfig;
import io.millrace.random.Seeds;
import io.millrace.runs.RunFiles;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import io.millrace.tests.job.FaultCluster.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: whatever process is killed or halted, every event counts once: a job with several
 * partitions, on a cluster of processes, leaves the counts, metrics, maps and models that {@code
 * train} makes of the same events, to the bit.
 */
class FaultTest {
  private static final int DAYS = 4;
  private static final int DAY = SmallStream.PER_DAY;

  /** Every part that is sent divides by it. */
  private static final int PARTITIONS = 4;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  /** As {@link JobFile} has them, and one that learns in two replicas. */
  private static final String ARMS =
      "arms: [{name: full, hash: full}, {name: hot-kept, hash: hot-kept},"
          + " {name: learned, hash: learned, table: mlet},"
          + " {name: modulo, hash: modulo, replicas: 2}]";

  private static final String STUDENT =
      "student: {dim: 8, mlet_k: 16, bottom: [16], top: [16], exchange: 2h, alone_windows: 1}";

  /** What is done to a process. */
  private enum Fault {
    KILL_TASK_MANAGER,
    KILL_JOB_MANAGER,
    KILL_BROKER,
    PAUSE_TASK_MANAGER;

    void strike(FaultCluster cluster, SplittableRandom random, Duration pause) throws Exception {
      Part worker = random.nextBoolean() ? Part.FIRST_TASK_MANAGER : Part.SECOND_TASK_MANAGER;
      switch (this) {
        case KILL_TASK_MANAGER -> cluster.kill(worker);
        case KILL_JOB_MANAGER -> cluster.kill(Part.JOB_MANAGER);
        case KILL_BROKER -> cluster.kill(Part.BROKER);
        case PAUSE_TASK_MANAGER -> cluster.pause(worker, pause);
        default -> throw new AssertionError(this);
      }
    }
  }

  @Test
  @Timeout(420)
  void everyKindOfFault() throws Exception {
    strike(List.of(Fault.values()), 1, Duration.ofSeconds(6));
  }

  @Test
  @Tag("long")
  void manyRandomFaults() throws Exception {
    SplittableRandom random = Seeds.generator(2, "faults", 0);
    List<Fault> faults =
        random.ints(20, 0, Fault.values().length).mapToObj(f -> Fault.values()[f]).toList();
    strike(faults, 2, Duration.ofSeconds(30));
  }

  /** Sends the events in parts; in each strikes a fault at a random time. */
  private void strike(List<Fault> faults, long seed, Duration pause) throws Exception {
    SplittableRandom random = Seeds.generator(seed, "fault-times", 0);
    int total = DAYS * DAY;
    int part = total / (faults.size() + 1);
    Path events = SmallStream.writeEvents(folder, DAYS);
    Path run = folder.resolve("run");
    RunFiles.create(run);
    Path job;
    try (FaultCluster cluster = new FaultCluster(folder.resolve("cluster"))) {
      job =
          JobFile.of(cluster.bootstrap(), PARTITIONS)
              .with("checkpoints: {interval: 300ms, restarts: 1000, restart_delay: 500ms}")
              .with("parallelism: {source: 2, counts: 2, maps: 2}")
              .with(ARMS)
              .with(STUDENT)
              .write(folder);
      Replays replays = new Replays(job, events);
      cluster.submit(
          JobConfig.read(job),
          run.toString(),
          Collections.nCopies(PARTITIONS, (long) total / PARTITIONS));
      replays.send(total - part * faults.size());
      RunningJob.waitFor(cluster::hasCheckpoint);
      for (Fault fault : faults) {
        Thread.sleep(random.nextInt(1500));
        long start = System.nanoTime();
        fault.strike(cluster, random, pause);
        System.out.printf("%-20s %4.1f s%n", fault, (System.nanoTime() - start) / 1e9);
        replays.send(part);
      }
      cluster.awaitEnd();
      ResultTopics.assertMetricsHeldOnce(job, run);
    }
    Path train = folder.resolve("train");
    Commands.succeed("train", "--job", job, "--events", events, "--run-dir", train);
    assertSame(run, train);
  }

  private static void assertSame(Path run, Path train) throws IOException {
    for (String file :
        List.of(RunFiles.METRICS, RunFiles.DRIFT, RunFiles.SWITCHES, RunFiles.PULSE)) {
      assertThat(SmallStream.lines(run.resolve(file)))
          .as(file)
          .containsExactlyInAnyOrderElementsOf(SmallStream.lines(train.resolve(file)));
    }
    assertThat(SmallStream.lines(run.resolve(RunFiles.METRICS)))
        .allMatch(line -> line.contains("\"early\":0,\"out_of_order\":0,"));
    assertThat(SmallStream.lines(run.resolve(RunFiles.COUNTS)))
        .last()
        .asString()
        .contains("\"read\":%d,\"trained\":%d,".formatted(DAYS * DAY, DAYS * DAY));
    for (String kind : List.of(RunFiles.MAPS, RunFiles.MODELS)) {
      List<Path> files = files(train.resolve(kind));
      assertThat(files(run.resolve(kind))).as(kind).isEqualTo(files);
      for (Path file : files) {
        if (!file.toString().endsWith(".json")) { // manifests name the run's command
          assertThat(run.resolve(kind).resolve(file))
              .hasSameBinaryContentAs(train.resolve(kind).resolve(file));
        }
      }
    }
  }

  /** Files below a folder, by path; {@code train} has no students that could be behind. */
  private static List<Path> files(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return new ArrayList<>(
          files
              .filter(Files::isRegularFile)
              .map(root::relativize)
              .filter(file -> !file.toString().startsWith("needed-"))
              .sorted()
              .toList());
    }
  }
}
