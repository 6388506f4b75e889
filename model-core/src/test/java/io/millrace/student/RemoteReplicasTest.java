package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.ClickEvent;
import io.millrace.replica.ReplicaCommand;
import io.millrace.replica.ReplicaTask;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.ReplicaOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.stream.SmallJob;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Students whose replicas are in tasks of their own, against those in one thread: tasks take turns
 * at random, records of the topic come late and twice, checkpoints are taken and tasks are killed
 * between any two steps.
 */
class RemoteReplicasTest {

  private static final int REPLICAS = 3;
  private static final JobSpec SMALL =
      SmallJob.replicated(SmallJob.job(true, 10_000, 0), REPLICAS, 1);

  private static JobSpec job(int staleness, int maxIds, int publishEvery) {
    ReplicaOptions options =
        new ReplicaOptions(SMALL.student().replicas().exchangeMs(), staleness, 1);
    return SmallJob.with(SMALL, options, maxIds, publishEvery);
  }

  private static ArmSpec arm(String name) {
    return SmallJob.withLinear(SMALL, name);
  }

  private static void assertEqual(JobSpec job, String name, int seeds) throws IOException {
    List<ClickEvent> events = SmallJob.events(3, 300, 3);
    List<List<String>> expected = ReplicaCluster.inOneThread(job, arm(name), events);
    assertThat(expected.get(0)).hasSizeGreaterThan(4);
    int kills = 0;
    int held = 0;
    for (int seed = 0; seed < seeds; seed++) {
      ReplicaCluster cluster = new ReplicaCluster(job, arm(name), events, seed);
      assertThat(cluster.run(12)).as(name + " " + seed).isEqualTo(expected);
      kills += cluster.kills;
      held = Math.max(held, cluster.held);
    }
    assertThat(kills).isGreaterThan(seeds);
    assertThat(held).isGreaterThan(0);
  }

  // law: tasks of their own report and publish what replicas in one thread do, to the bit
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void tasksLearnWhatOneThreadLearns(int staleness) throws IOException {
    JobSpec job = job(staleness, 256, 70);
    for (String name : List.of("modulo", "double-mlet", "qr")) {
      assertEqual(job, name, 2);
    }
  }

  // law: the same where maps are switched
  @Test
  void replicasTakeTheMapsOfTheOwner() throws IOException {
    assertEqual(job(1, 256, 70), "learned", 3);
  }

  // law: the same where ids are evicted
  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void evictsIdsAtTheSameEvents(int staleness) throws IOException {
    assertEqual(job(staleness, 4, 0), "modulo", 3);
  }

  // law: a student that may hold few steps waits for changes, and learns the same
  @Test
  void waitsWhenItHoldsTooMuch() throws IOException {
    JobSpec job = job(1, 256, 70);
    JobSpec few = job.with(JobSpec::student, job.student().with(StudentOptions::maxHeld, 2));
    List<ClickEvent> events = SmallJob.events(3, 300, 3);
    List<List<String>> expected = ReplicaCluster.inOneThread(few, arm("learned"), events);
    for (int seed = 0; seed < 4; seed++) {
      ReplicaCluster cluster = new ReplicaCluster(few, arm("learned"), events, seed);
      cluster.everyEvent = true;
      assertThat(cluster.run(5)).isEqualTo(expected);
    }
  }

  // law: a replica that is told what cannot be fails with the reason
  @Test
  void refusesCommandsOutOfOrder() {
    ClickEvent event = SmallJob.events(1, 1, 3).get(0);
    StudentTables tables = new StudentTables(SMALL, arm("modulo"), 7);
    try (ReplicaTask replica = tables.replica(1, record -> {})) {
      assertThatThrownBy(() -> replica.take(new ReplicaCommand(0, event, null, true)))
          .hasMessage("replica 1 was told of replica 0");
      assertThatThrownBy(() -> replica.take(new ReplicaCommand(1, event, null, true)))
          .hasMessage("replica 1 was told an event before a model");
      assertThatThrownBy(() -> replica.take(new ReplicaCommand(1, null, new byte[] {1}, true)))
          .hasMessage("replica 1 was told message 1 before all else");
    }
  }
}
