package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.dlrm.ClickModel;
import io.millrace.event.ClickEvent;
import io.millrace.event.Warning;
import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import io.millrace.hash.RowRange;
import io.millrace.math.Mix64;
import io.millrace.replica.Change;
import io.millrace.replica.ChangeCodec;
import io.millrace.replica.FormerReplicas;
import io.millrace.replica.RemoteReplicas;
import io.millrace.replica.ReplicaCommand;
import io.millrace.replica.ReplicaLink;
import io.millrace.replica.ReplicaTask;
import io.millrace.replica.ReplicatedLearner;
import io.millrace.replica.SharedMemory;
import io.millrace.replica.SplitReplicas;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.table.FrozenState;
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
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.IntUnaryOperator;
import java.util.stream.LongStream;

/**
 * Owner, replicas and topic of one arm, run by turns: tasks take turns at random, records of the
 * topic come late and twice, checkpoints are taken and tasks are killed between any two steps.
 */
final class ReplicaCluster {

  private static final ReplicaCommand BARRIER = new ReplicaCommand(-1, null, null, true);

  /**
   * What a student reports: lines of metrics, and published models; and losses, which come earlier
   * or later as watermarks do.
   */
  static final class Lines implements Student.Listener {
    private List<String> lines = new ArrayList<>();
    private List<String> losses = new ArrayList<>();

    /** Messages of warnings, since it was made. */
    final List<String> warnings = new ArrayList<>();

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
    public void warning(Warning warning) {
      warnings.add(warning.message());
    }

    @Override
    public void publish(Student student, Student.PublishCause cause) {
      lines.add(
          cause + " " + student.lastEventTime() + " " + Arrays.hashCode(bytes(student.model())));
    }
  }

  private static byte[] bytes(ClickModel model) {
    return written(model::writeState);
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

  static Student student(JobSpec job, ArmSpec arm, Lines lines, ReplicaLink.Maker links) {
    return new Student(
        job, arm, 7, new Source(job), Refreshes.ofWindows(job.mapGrid()), lines, links);
  }

  static List<List<String>> inOneThread(JobSpec job, ArmSpec arm, List<ClickEvent> events) {
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

  /**
   * A restart with another number of replicas.
   *
   * @param learned events that the student had dealt to replicas or learned
   * @param all whether it had merged all of them
   * @param ended whether the interval of the last one had ended
   * @param replicas number from then on
   */
  record Rescale(long learned, boolean all, boolean ended, int replicas) {}

  /** The same with other numbers of replicas from some points on. */
  static List<List<String>> inOneThread(
      JobSpec job, ArmSpec arm, List<ClickEvent> events, List<Rescale> rescales)
      throws IOException {
    OneThread run = new OneThread(job, arm, events);
    for (Rescale rescale : rescales) {
      run.until(rescale);
      run.change(rescale.replicas());
    }
    return run.end();
  }

  /** A student and its replicas in one thread. */
  private static final class OneThread {
    private final JobSpec job;
    private final ArmSpec arm;
    private final List<ClickEvent> events;
    private final Lines lines = new Lines();
    private Student student;
    private SplitReplicas replicas;
    private int next;

    OneThread(JobSpec job, ArmSpec arm, List<ClickEvent> events) {
      this.job = job;
      this.arm = arm;
      this.events = events;
      begin(arm.replicas());
    }

    private void begin(int count) {
      ArmSpec now = arm.with(ArmSpec::replicas, count);
      StudentTables tables = new StudentTables(job, now, 7);
      replicas = count == 1 ? null : new SplitReplicas(tables.here(count), count);
      student = student(job, now, lines, maps -> replicas);
    }

    void until(Rescale rescale) {
      while (taken(student) < rescale.learned()) {
        ClickEvent event = events.get(next++);
        student.onEvent(event, false);
        student.onWatermark(event.eventTime());
      }
      if (rescale.all() && student.learner.gathered() > 0) {
        student.onWatermark(
            next == events.size() ? Long.MAX_VALUE : events.get(next).eventTime() - 1);
      } else if (rescale.ended()) {
        student.learner.settle();
      }
    }

    void change(int count) throws IOException {
      byte[] owner = written(student::writeState);
      byte[] theirs = replicas == null ? new byte[0] : replicas.state;
      student.close();
      begin(count);
      if (replicas != null) {
        replicas.state = theirs;
      }
      student.readState(Student.FORMAT, in(owner));
    }

    List<List<String>> end() {
      while (next < events.size()) {
        ClickEvent event = events.get(next++);
        student.onEvent(event, false);
        student.onWatermark(event.eventTime());
      }
      student.onWatermark(Long.MAX_VALUE);
      student.steps().resumeAll();
      student.close();
      return lines.all();
    }
  }

  /** One checkpoint: where the source is, what had been reported, and the state of all tasks. */
  private static final class Checkpoint {
    int event;
    Lines lines;
    byte[] owner;
    int tasks;
    final TreeMap<Integer, byte[]> replicas = new TreeMap<>();
    List<Rescale> before;
    int written;
    long learned;
    boolean all;
  }

  private final JobSpec job;
  private final ArmSpec arm;
  private final List<ClickEvent> events;
  private final SplittableRandom random;
  private final List<byte[]> topic = new ArrayList<>();
  private final List<ArrayDeque<ReplicaCommand>> edges = new ArrayList<>();
  private final List<ReplicaTask> replicas = new ArrayList<>();
  private int count;
  private Lines lines;
  private Student owner;
  private RemoteReplicas link;
  private ChangeCodec.Assembler assembler;
  private int read;
  private int next;
  private long attempt = 100;
  private Checkpoint taken;
  private Checkpoint last;

  /** Times that all tasks were killed. */
  int kills;

  /** Most steps that the student has held back. */
  int held;

  /** Restarts with other numbers of replicas that the run consists of. */
  List<Rescale> rescales = new ArrayList<>();

  /** Whether a watermark follows each event; else some do. */
  boolean everyEvent;

  /** Whether some of the replicas, or all, are in the process of the student: with odd seeds. */
  private final boolean shared;

  private SharedMemory memory;
  private final ArrayDeque<Change> given = new ArrayDeque<>();

  /** The number of replicas after a kill, by that of the state. */
  IntUnaryOperator rescale = before -> before;

  ReplicaCluster(JobSpec job, ArmSpec arm, List<ClickEvent> events, long seed) {
    this.job = job;
    this.arm = arm;
    this.events = events;
    this.random = new SplittableRandom(seed);
    this.shared = seed % 2 == 1;
    start(arm.replicas());
  }

  private void start(int replicaCount) {
    attempt++;
    count = replicaCount;
    assembler = new ChangeCodec.Assembler(attempt);
    lines = new Lines();
    edges.clear();
    replicas.clear();
    ArmSpec now = arm.with(ArmSpec::replicas, count);
    owner =
        student(
            job, now, lines, maps -> link = new RemoteReplicas(count, attempt, maps, new Task()));
    StudentTables tables = new StudentTables(job, now, 7);
    for (int r = 0; count > 1 && r < count; r++) {
      edges.add(new ArrayDeque<>());
      replicas.add(tables.replica(r, topic::add));
    }
    given.clear();
    if (memory != null) {
      memory.close();
    }
    memory = shared ? SharedMemory.open(attempt, given::add) : null;
    if (count > 1) {
      link.share(memory);
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
        for (int r = 0; r < replicas.size(); r++) {
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
      replicas
          .get(r)
          .states()
          .forEach((number, state) -> taken.replicas.put(number, written(state)));
      taken.tasks++;
      completeIfAll();
    } else if (command != null) {
      replicas.get(r).take(command);
      if (shared && random.nextInt(8) == 0) {
        memory.close(); // replicas that have not joined are in other processes
      }
    }
    return command != null;
  }

  private void completeIfAll() {
    if (taken.tasks == replicas.size()) {
      last = taken;
      taken = null;
    }
  }

  /** The owner takes the next record of the topic, sometimes twice. */
  private boolean deliver() {
    if (!given.isEmpty()) {
      take(given.remove());
      return true;
    }
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

  /** Events that a student has dealt or learned. */
  static long taken(Student student) {
    return student.learned() + student.skipped() + student.learner.gathered();
  }

  private void checkpoint() {
    if (taken != null) {
      return;
    }
    taken = new Checkpoint();
    taken.event = next;
    taken.lines = lines.copy();
    taken.owner = written(owner::writeState);
    taken.before = List.copyOf(rescales);
    taken.written = owner.learner instanceof ReplicatedLearner several ? several.written() : 1;
    taken.learned = taken(owner);
    taken.all = owner.learner.gathered() == 0;
    edges.forEach(edge -> edge.add(BARRIER));
    completeIfAll();
  }

  static byte[] written(FrozenState.Writer state) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      state.write(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }

  static DataInputStream in(byte[] bytes) {
    return new DataInputStream(new ByteArrayInputStream(bytes));
  }

  private void kill() throws IOException {
    kills++;
    close();
    taken = null;
    rescales = new ArrayList<>();
    start(last == null ? arm.replicas() : nextCount());
    if (last != null) {
      next = last.event;
      lines.lines.addAll(last.lines.lines);
      lines.losses.addAll(last.lines.losses);
      rescales.addAll(last.before);
      owner.readState(Student.FORMAT, in(last.owner));
      readReplicas();
      owner.goOn();
      assertThat(lines.warnings).hasSize(count == last.written ? 0 : 1);
      if (count != last.written) {
        boolean ended = lines.warnings.get(0).contains(": 0 events of its open interval");
        rescales.add(new Rescale(last.learned, last.all, ended, count));
      }
    }
  }

  /**
   * Several again, where it has learned nothing since the last change: what goes on in one place
   * depends on what was merged meanwhile.
   */
  private int nextCount() {
    int drawn = rescale.applyAsInt(last.written);
    int changes = last.before.size();
    boolean same = changes > 0 && last.before.get(changes - 1).learned() == last.learned;
    return same && drawn == 1 ? last.written + 1 : drawn;
  }

  private void readReplicas() throws IOException {
    if (last.replicas.size() == replicas.size()) {
      for (int r = 0; r < replicas.size(); r++) {
        replicas.get(r).readState(in(last.replicas.get(r)));
      }
    } else if (!last.replicas.isEmpty() && count > 1) {
      follow(1 + random.nextInt(count));
    }
  }

  /** The replicas of each of so many tasks share what they read. */
  private void follow(int tasks) throws IOException {
    for (int task = 0; task < tasks; task++) {
      int mine = task;
      FormerReplicas former = new FormerReplicas(count, r -> r % tasks == mine);
      for (var state : last.replicas.entrySet()) {
        former.read(state.getKey(), in(state.getValue()));
      }
      for (int r = task; r < count; r += tasks) {
        replicas.get(r).follow(former);
      }
    }
  }

  private void close() {
    owner.close();
    replicas.forEach(ReplicaTask::close);
  }

  List<List<String>> run(int mostKills) throws IOException {
    while (next <= events.size() || owner.steps().heldBack() > 0) {
      int turn = random.nextInt(100);
      if (turn < 45) {
        ownerStep();
      } else if (turn < 85) {
        if (!replicas.isEmpty()) {
          step(random.nextInt(replicas.size()));
        }
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
