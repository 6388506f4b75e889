package io.millrace.tests.bench;

import io.millrace.event.ClickEvent;
import io.millrace.replica.Change;
import io.millrace.replica.ChangeCodec;
import io.millrace.replica.Merge;
import io.millrace.replica.RemoteReplicas;
import io.millrace.replica.ReplicaCommand;
import io.millrace.replica.ReplicaTask;
import io.millrace.replica.RowSet;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.state.ReplicaCommandFormat;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.student.StudentTables;
import io.millrace.watch.Refreshes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A student and its replicas in one thread, as their tasks do it but for Flink and Kafka, with the
 * processor time of each stage. Commands are written to bytes and read again; replicas do what they
 * are told when the student waits for their changes.
 */
final class ReplicaStages implements RemoteReplicas.Task, AutoCloseable {

  /** What a task does. */
  enum Stage {
    /** The student: order, deal. */
    OWN,
    /** The student, once changes are there: merges them, reports their predictions. */
    MERGE,
    /** The student's output: events to bytes. */
    WRITE_EVENT,
    /** The student's output: merges to bytes, for each replica. */
    WRITE_MERGE,
    /** A replica's input: events from bytes. */
    READ_EVENT,
    /** A replica's input: merges from bytes, and adding them to its model. */
    TAKE_MERGE,
    /** A replica: predicting and learning. */
    STEP,
    /** A replica: what it has changed, to records. */
    CHANGE,
    /** The reader of changes: records to changes. */
    READ_CHANGE
  }

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long ATTEMPT = 1;

  private final Student student;
  private final List<ReplicaTask> replicas = new ArrayList<>();
  private final List<ReplicaCommand> sent = new ArrayList<>();
  private final List<byte[]> records = new ArrayList<>();
  private final List<Change> changes = new ArrayList<>();
  private final ChangeCodec.Assembler assembler = new ChangeCodec.Assembler(ATTEMPT);
  private final ReplicaCommandFormat format = new ReplicaCommandFormat();
  private final Map<Stage, Long> nanos = new EnumMap<>(Stage.class);
  private RemoteReplicas remote;
  private Stage stage = Stage.OWN;
  private long since;

  long events;
  long intervals;
  long changedRows;
  long mergedRows;
  long changeBytes;
  long mergeBytes;
  long commandBytes;

  /** Of the student's stages: merging alone. */
  long mergeNanos;

  ReplicaStages(JobSpec job, ArmSpec arm) {
    student =
        new Student(
            job,
            arm,
            1,
            (spec, field, pane) -> null,
            Refreshes.ofWindows(job.mapGrid()),
            new Quiet(),
            maps -> {
              remote = new RemoteReplicas(arm.replicas(), ATTEMPT, maps, this);
              return remote;
            });
    for (int r = 0; r < arm.replicas(); r++) {
      replicas.add(new StudentTables(job, arm, 1).replica(r, records::add));
    }
  }

  /** Drops what a student reports. */
  private static final class Quiet implements Student.Listener {
    @Override
    public void metrics(MetricLine line) {}

    @Override
    public void publish(Student of, Student.PublishCause cause) {}
  }

  /** Forgets what was measured. */
  void clear() {
    nanos.clear();
    events = 0;
    intervals = 0;
    changedRows = 0;
    mergedRows = 0;
    changeBytes = 0;
    mergeBytes = 0;
    commandBytes = 0;
    mergeNanos = 0;
    since = THREADS.getCurrentThreadCpuTime();
  }

  /** Gives the student events in order of time. */
  void learn(List<ClickEvent> batch) {
    enter(Stage.OWN);
    batch.forEach(event -> student.onEvent(event, false));
    student.onWatermark(batch.get(batch.size() - 1).eventTime());
    enter(Stage.OWN);
    events += batch.size();
  }

  /** Microseconds of stages. */
  double micros(Stage... of) {
    return Stream.of(of).mapToLong(each -> nanos.getOrDefault(each, 0L)).sum() / 1e3;
  }

  /** Begins a stage and ends the one before. */
  private Stage enter(Stage next) {
    long now = THREADS.getCurrentThreadCpuTime();
    nanos.merge(stage, now - since, Long::sum);
    since = now;
    Stage before = stage;
    stage = next;
    return before;
  }

  @Override
  public void send(ReplicaCommand command) {
    sent.add(command);
  }

  @Override
  public void await(BooleanSupplier there) {
    Stage before = enter(Stage.MERGE);
    while (!there.getAsBoolean()) {
      List<ReplicaCommand> commands = List.copyOf(sent);
      sent.clear();
      if (commands.isEmpty()) {
        throw new IllegalStateException("the student waits for what nobody was told");
      }
      run(commands);
      changes.forEach(remote::take);
      changes.clear();
      enter(Stage.MERGE);
    }
    enter(before);
  }

  private void run(List<ReplicaCommand> commands) {
    try {
      for (int r = 0; r < replicas.size(); r++) {
        int replica = r;
        run(replicas.get(r), commands.stream().filter(c -> c.replica() == replica).toList());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs of events, and messages one by one. */
  private void run(ReplicaTask task, List<ReplicaCommand> commands) throws IOException {
    int at = 0;
    while (at < commands.size()) {
      int end = at + 1;
      boolean event = commands.get(at).event() != null;
      while (end < commands.size() && (commands.get(end).event() != null) == event && event) {
        end++;
      }
      List<ReplicaCommand> some = commands.subList(at, end);
      enter(event ? Stage.WRITE_EVENT : Stage.WRITE_MERGE);
      byte[] bytes = bytes(some);
      commandBytes += bytes.length;
      enter(event ? Stage.READ_EVENT : Stage.TAKE_MERGE);
      List<ReplicaCommand> read = read(bytes, some.size());
      enter(event ? Stage.STEP : isEnd(some.get(0)) ? Stage.CHANGE : Stage.TAKE_MERGE);
      read.forEach(task::take);
      takeRecords();
      if (!event && !isEnd(some.get(0))) {
        mergeBytes += bytes.length;
      }
      at = end;
    }
  }

  /** Whether a message ends an interval: such a message has its number alone. */
  private static boolean isEnd(ReplicaCommand command) {
    return command.part().length == Byte.BYTES + Long.BYTES;
  }

  private byte[] bytes(List<ReplicaCommand> commands) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 16);
    DataOutputStream out = new DataOutputStream(bytes);
    for (ReplicaCommand command : commands) {
      format.write(command, out);
    }
    return bytes.toByteArray();
  }

  private List<ReplicaCommand> read(byte[] bytes, int count) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    List<ReplicaCommand> commands = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      commands.add(format.read(1, in));
    }
    return commands;
  }

  private void takeRecords() {
    enter(Stage.READ_CHANGE);
    for (byte[] record : records) {
      changeBytes += record.length;
      assembler.add(record).ifPresent(this::take);
    }
    records.clear();
  }

  private void take(Change change) {
    changes.add(change);
    changedRows += rows(change.delta().rows());
  }

  @Override
  public Merge run(Supplier<Merge> merge) {
    long start = THREADS.getCurrentThreadCpuTime();
    Merge merged = merge.get();
    mergeNanos += THREADS.getCurrentThreadCpuTime() - start;
    intervals++;
    mergedRows += merged.rows();
    return merged;
  }

  private static long rows(List<RowSet> sets) {
    return sets.stream().mapToLong(set -> set.keys().length).sum();
  }

  @Override
  public void close() {
    replicas.forEach(ReplicaTask::close);
    student.close();
  }
}
