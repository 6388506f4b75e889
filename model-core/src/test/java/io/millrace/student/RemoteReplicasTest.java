package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import io.millrace.hash.RowRange;
import io.millrace.linear.LinearOptions;
import io.millrace.math.Mix64;
import io.millrace.replica.Change;
import io.millrace.replica.ChangeCodec;
import io.millrace.replica.RemoteReplicas;
import io.millrace.replica.ReplicaCommand;
import io.millrace.replica.ReplicaLink;
import io.millrace.replica.ReplicaTask;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.LearnerOptions;
import io.millrace.spec.PublishOptions;
import io.millrace.spec.ReplicaOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.stream.SmallJob;
import io.millrace.watch.Losses;
import io.millrace.watch.Refreshes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
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
    return SMALL
        .with(
            JobSpec::student,
            SMALL
                .student()
                .with(StudentOptions::replicas, options)
                .with(StudentOptions::maxIds, maxIds))
        .with(JobSpec::publish, SMALL.publish().with(PublishOptions::everyEvents, publishEvery));
  }

  private static ArmSpec arm(String name) {
    ArmSpec arm =
        SMALL.arms().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
    LinearOptions linear = LinearOptions.NONE.with(LinearOptions::slots, 64);
    return arm.with(ArmSpec::learner, arm.learner().with(LearnerOptions::linear, linear));
  }

  /**
   * What a student reports: lines of metrics, and published models; and losses, which come earlier
   * or later as watermarks do.
   */
  private static final class Lines implements Student.Listener {
    private List<String> lines = new ArrayList<>();
    private List<String> losses = new ArrayList<>();

    Lines copy() {
      Lines copy = new Lines();
      copy.lines = new ArrayList<>(lines);
      copy.losses = new ArrayList<>(losses);
      return copy;
    }

    List<List<String>> all() {
      return List.of(lines, losses);
    }

    @Override
    public void metrics(MetricLine line) {
      lines.add(line.toString());
    }

    @Override
    public void losses(Student student, Losses one) {
      losses.add(one.toString());
    }

    @Override
    public void publish(Student student, Student.PublishCause cause) {
      lines.add(
          cause + " " + student.lastEventTime() + " " + Arrays.hashCode(bytes(student.model())));
    }
  }

  private static byte[] bytes(ClickModel model) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      model.writeState(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }

  /** Maps that give each window other rows; every second window has none. */
  private static MapVersion map(JobSpec job, String spec, int field, long window) {
    if (window % 2 == 1) {
      return null;
    }
    long[] ids =
        LongStream.range(0, 40).map(u -> Mix64.mix(u * u / 400)).sorted().distinct().toArray();
    int rows = 10;
    int[] rowOf = new int[ids.length];
    double[] counts = new double[ids.length];
    for (int i = 0; i < ids.length; i++) {
      rowOf[i] = (int) ((i + window) % 8);
      counts[i] = i + 1;
    }
    return new MapVersion(
        new MapVersion.Header(
            job.schema().fields().get(field).name(),
            spec,
            (int) window + 1,
            0,
            job.windows().paneEnd(window),
            rows,
            MapVersion.Kind.LEARNED,
            ColdPolicy.RESERVE,
            List.of(new RowRange(8, 2)),
            5,
            8,
            0,
            ""),
        ids,
        rowOf,
        counts);
  }

  private record Source(JobSpec job) implements Student.MapSource {
    @Override
    public MapVersion await(String spec, int field, long subWindow) {
      return map(job, spec, field, subWindow);
    }
  }

  private static Student student(JobSpec job, ArmSpec arm, Lines lines, ReplicaLink.Maker links) {
    return new Student(
        job, arm, 7, new Source(job), Refreshes.ofWindows(job.mapGrid()), lines, links);
  }

  private static List<List<String>> inOneThread(JobSpec job, ArmSpec arm, List<ClickEvent> events) {
    Lines lines = new Lines();
    try (Student student = student(job, arm, lines, null)) {
      for (ClickEvent event : events) {
        student.onEvent(event, false);
        student.onWatermark(event.eventTime() - 1);
      }
      student.onWatermark(Long.MAX_VALUE);
      student.steps().resumeAll();
    }
    return lines.all();
  }

  /** One checkpoint: where the source is, what had been reported, and the state of all tasks. */
  private static final class Checkpoint {
    int event;
    Lines lines;
    byte[] owner;
    final byte[][] replicas = new byte[REPLICAS][];

    boolean complete() {
      return Arrays.stream(replicas).allMatch(state -> state != null);
    }
  }

  /** Owner, replicas and topic of one arm, run by turns. */
  private static final class Cluster {
    private static final ReplicaCommand BARRIER = new ReplicaCommand(-1, null, null, true);

    private final JobSpec job;
    private final ArmSpec arm;
    private final List<ClickEvent> events;
    private final SplittableRandom random;
    private final List<byte[]> topic = new ArrayList<>();
    private final List<ArrayDeque<ReplicaCommand>> edges = new ArrayList<>();
    private final ReplicaTask[] replicas = new ReplicaTask[REPLICAS];
    private Lines lines;
    private Student owner;
    private RemoteReplicas link;
    private ChangeCodec.Assembler assembler;
    private int read;
    private int next;
    private long attempt = 100;
    private Checkpoint taken;
    private Checkpoint last;
    private int kills;
    private int held;

    /** Whether a watermark follows each event; else some do. */
    private boolean everyEvent;

    Cluster(JobSpec job, ArmSpec arm, List<ClickEvent> events, long seed) {
      this.job = job;
      this.arm = arm;
      this.events = events;
      this.random = new SplittableRandom(seed);
      start();
    }

    private void start() {
      attempt++;
      assembler = new ChangeCodec.Assembler(attempt);
      lines = new Lines();
      edges.clear();
      owner =
          student(
              job,
              arm,
              lines,
              maps -> link = new RemoteReplicas(REPLICAS, attempt, maps, new Task()));
      StudentTables tables = new StudentTables(job, arm, 7);
      for (int r = 0; r < REPLICAS; r++) {
        edges.add(new ArrayDeque<>());
        replicas[r] = tables.replica(r, topic::add);
      }
      next = 0;
      read = random.nextInt(topic.size() + 1); // records of earlier attempts come too
    }

    private final class Task implements RemoteReplicas.Task {
      @Override
      public void send(ReplicaCommand command) {
        edges.get(command.replica()).add(command);
      }

      @Override
      public void await(BooleanSupplier there) {
        while (!there.getAsBoolean()) {
          boolean any = deliver();
          for (int r = 0; r < REPLICAS; r++) {
            any |= step(r);
          }
          assertThat(any).as("what is waited for comes").isTrue();
        }
      }
    }

    /** A replica takes its next command. */
    private boolean step(int r) {
      ReplicaCommand command = edges.get(r).poll();
      if (command != null && command.replica() == BARRIER.replica()) {
        taken.replicas[r] = written(replicas[r]::writeState);
        if (taken.complete()) {
          last = taken;
          taken = null;
        }
      } else if (command != null) {
        replicas[r].take(command);
      }
      return command != null;
    }

    /** The owner takes the next record of the topic, sometimes twice. */
    private boolean deliver() {
      if (read == topic.size()) {
        return false;
      }
      for (int times = random.nextInt(8) == 0 ? 2 : 1; times > 0; times--) {
        assembler.add(topic.get(read)).ifPresent(this::take);
      }
      read++;
      return true;
    }

    private void take(Change change) {
      link.take(change);
    }

    private void ownerStep() {
      while (owner.steps().resume(1 + random.nextInt(4)) && random.nextBoolean()) {}
      held = Math.max(held, owner.steps().heldBack());
      if (next < events.size()) {
        ClickEvent event = events.get(next++);
        owner.onEvent(event, false);
        if (everyEvent || random.nextInt(3) == 0) {
          owner.onWatermark(event.eventTime() - 1);
        }
      } else if (next == events.size()) {
        next++;
        owner.onWatermark(Long.MAX_VALUE);
      }
    }

    private void checkpoint() {
      if (taken != null) {
        return;
      }
      taken = new Checkpoint();
      taken.event = next;
      taken.lines = lines.copy();
      taken.owner = written(owner::writeState);
      edges.forEach(edge -> edge.add(BARRIER));
    }

    private interface Writer {
      void write(DataOutputStream out) throws IOException;
    }

    private static byte[] written(Writer state) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try {
        state.write(new DataOutputStream(bytes));
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
      return bytes.toByteArray();
    }

    private static DataInputStream in(byte[] bytes) {
      return new DataInputStream(new ByteArrayInputStream(bytes));
    }

    private void kill() throws IOException {
      kills++;
      close();
      taken = null;
      start();
      if (last != null) {
        next = last.event;
        lines.lines.addAll(last.lines.lines);
        lines.losses.addAll(last.lines.losses);
        owner.readState(Student.FORMAT, in(last.owner));
        for (int r = 0; r < REPLICAS; r++) {
          replicas[r].readState(in(last.replicas[r]));
        }
        owner.goOn();
      }
    }

    private void close() {
      owner.close();
      for (ReplicaTask replica : replicas) {
        replica.close();
      }
    }

    List<List<String>> run(int mostKills) throws IOException {
      while (next <= events.size() || owner.steps().heldBack() > 0) {
        int turn = random.nextInt(100);
        if (turn < 45) {
          ownerStep();
        } else if (turn < 85) {
          step(random.nextInt(REPLICAS));
        } else if (turn < 95) {
          deliver();
        } else if (turn < 99) {
          checkpoint();
        } else if (kills < mostKills && random.nextInt(4) == 0) {
          kill();
        }
      }
      close();
      return lines.all();
    }
  }

  private static void assertEqual(JobSpec job, String name, int seeds) throws IOException {
    List<ClickEvent> events = SmallJob.events(3, 300, 3);
    List<List<String>> expected = inOneThread(job, arm(name), events);
    assertThat(expected.get(0)).hasSizeGreaterThan(4);
    int kills = 0;
    int held = 0;
    for (int seed = 0; seed < seeds; seed++) {
      Cluster cluster = new Cluster(job, arm(name), events, seed);
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
    List<List<String>> expected = inOneThread(few, arm("learned"), events);
    for (int seed = 0; seed < 4; seed++) {
      Cluster cluster = new Cluster(few, arm("learned"), events, seed);
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
