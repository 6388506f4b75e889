package io.millrace.tests.bench;

import io.millrace.event.ClickEvent;
import io.millrace.jobfile.JobConfig;
import io.millrace.replica.Change;
import io.millrace.replica.ChangeCodec;
import io.millrace.replica.Merge;
import io.millrace.replica.RemoteReplicas;
import io.millrace.replica.ReplicaCommand;
import io.millrace.replica.ReplicaTask;
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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Processor time of a student that deals to replicas, and of these, fed with events from memory:
 * all in one thread, with the bytes that would cross the network and the topic, without Flink and
 * Kafka. The figures of {@code ExchangeAdvice} come from here.
 */
@Tag("bench")
class ReplicaCostBench {
  private static final int EVENTS = Integer.getInteger("bench.events", 120_000);
  private static final int EVENTS_A_DAY = 40_000;
  private static final int EVENTS_A_REPLICA = 1_000;
  private static final int DENSE = 13;
  private static final int CHUNK = 100;
  private static final long DAY_MS = 86_400_000;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static final String JOB =
      """
      name: costs
      schema:
        label: {column: label}
        time: {events_per_day: %d, start: "2024-01-01T00:00:00Z"}
        dense: [{columns: I1..I13}]
        categorical: [{columns: C1..C26, expected_ids: {%s}}]
      windows: {size: 1d}
      hash: {min_rows: 1000, trial: false}
      student: {dim: 16, bottom: [64], top: [128, 64], batch: 128, exchange: %dm, alone_windows: 0,
        regret_events: 0, table: {lr: 0.05}, dense: {lr: 0.001}, max_held: 100000}
      arms: [{name: modulo, hash: modulo, ratio: 0.1, replicas: %d}]
      """;

  private static JobSpec job(int replicas) {
    StringBuilder ids = new StringBuilder();
    for (int f = 1; f <= ZipfEvents.FIELDS; f++) {
      ids.append(f > 1 ? ", " : "").append("C").append(f).append(": 200000");
    }
    int minutes = 1440 * EVENTS_A_REPLICA * replicas / EVENTS_A_DAY;
    return JobConfig.parse(JOB.formatted(EVENTS_A_DAY, ids, minutes, replicas), "costs.yaml")
        .spec();
  }

  private static ClickEvent event(int number, SplittableRandom random) {
    float[] dense = new float[DENSE];
    for (int i = 0; i < DENSE; i++) {
      dense[i] = (float) random.nextDouble();
    }
    long time = 1_704_067_200_000L + number * DAY_MS / EVENTS_A_DAY;
    int[] offsets = IntStream.rangeClosed(0, ZipfEvents.FIELDS).toArray();
    return new ClickEvent(time, number % 4 == 0 ? 1 : 0, dense, ZipfEvents.ids(number), offsets);
  }

  /** A student and its replicas, in one thread. */
  private static final class Run implements RemoteReplicas.Task, Student.Listener {
    private final ReplicaCommandFormat format = new ReplicaCommandFormat();
    private final List<ArrayDeque<byte[]>> commands = new ArrayList<>();
    private final List<ReplicaTask> replicas = new ArrayList<>();
    private final ArrayDeque<byte[]> topic = new ArrayDeque<>();
    private final ChangeCodec.Assembler assembler = new ChangeCodec.Assembler(1);
    private final Student student;
    private RemoteReplicas link;
    private long ownerNanos;
    private long readNanos;
    private long mergeNanos;
    private long replicaNanos;
    private long pairs;
    private long changeBytes;
    private long commandBytes;

    Run(JobSpec job) {
      ArmSpec arm = job.arms().get(0);
      Student.MapSource none = (spec, field, window) -> null;
      student =
          new Student(
              job,
              arm,
              1,
              none,
              Refreshes.ofWindows(job.mapGrid()),
              this,
              maps -> link = new RemoteReplicas(arm.replicas(), 1, maps, this));
      StudentTables tables = new StudentTables(job, arm, 1);
      for (int r = 0; r < arm.replicas(); r++) {
        commands.add(new ArrayDeque<>());
        replicas.add(tables.replica(r, topic::add));
      }
    }

    void take(List<ClickEvent> chunk) throws IOException {
      long start = THREADS.getCurrentThreadCpuTime();
      for (ClickEvent event : chunk) {
        student.onEvent(event, false);
      }
      student.onWatermark(chunk.get(chunk.size() - 1).eventTime() - 1);
      long sent = THREADS.getCurrentThreadCpuTime();
      for (int r = 0; r < replicas.size(); r++) {
        for (byte[] bytes; (bytes = commands.get(r).poll()) != null; ) {
          replicas
              .get(r)
              .take(format.read(1, new DataInputStream(new ByteArrayInputStream(bytes))));
        }
      }
      long learned = THREADS.getCurrentThreadCpuTime();
      for (byte[] record; (record = topic.poll()) != null; ) {
        changeBytes += record.length;
        assembler.add(record).ifPresent(this::take);
      }
      long read = THREADS.getCurrentThreadCpuTime();
      while (student.steps().resume(1024)) {}
      long end = THREADS.getCurrentThreadCpuTime();
      ownerNanos += sent - start + end - learned;
      replicaNanos += learned - sent;
      readNanos += read - learned;
    }

    private void take(Change change) {
      pairs += change.delta().rows().stream().mapToLong(set -> set.keys().length).sum();
      link.take(change);
    }

    @Override
    public void send(ReplicaCommand command) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
      try {
        format.write(command, new DataOutputStream(bytes));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      commandBytes += bytes.size();
      commands.get(command.replica()).add(bytes.toByteArray());
    }

    @Override
    public void await(BooleanSupplier there) {
      throw new IllegalStateException("steps are held back instead");
    }

    @Override
    public Merge run(Supplier<Merge> merge) {
      long start = THREADS.getCurrentThreadCpuTime();
      Merge done = merge.get();
      mergeNanos += THREADS.getCurrentThreadCpuTime() - start;
      return done;
    }

    @Override
    public void metrics(MetricLine line) {}

    @Override
    public void publish(Student of, Student.PublishCause cause) {}

    void close() {
      student.close();
      replicas.forEach(ReplicaTask::close);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 8})
  void costs(int count) throws IOException {
    Run run = new Run(job(count));
    SplittableRandom random = new SplittableRandom(1);
    List<ClickEvent> chunk = new ArrayList<>();
    for (int i = 0; i < EVENTS; i++) {
      chunk.add(event(i, random));
      if (chunk.size() == CHUNK) {
        run.take(chunk);
        chunk.clear();
      }
      if (i == EVENTS / 4) {
        forget(run);
      }
    }
    run.close();
    print(count, run, EVENTS - EVENTS / 4);
  }

  /** Forgets what was measured while the JVM compiled. */
  private static void forget(Run run) {
    run.ownerNanos = 0;
    run.readNanos = 0;
    run.mergeNanos = 0;
    run.replicaNanos = 0;
    run.pairs = 0;
    run.changeBytes = 0;
    run.commandBytes = 0;
  }

  private static void print(int count, Run run, double events) {
    double owner = run.ownerNanos / events / 1e3;
    double replica = run.replicaNanos / events / 1e3;
    double merging = run.readNanos + run.mergeNanos;
    System.out.printf(
        Locale.ROOT,
        "%nreplicas %d, %d events of each between two exchanges, load %.1f%n"
            + "  owner    %5.1f us an event, of which merges and what they read %5.1f%n"
            + "  replicas %5.1f us an event; the owner is half a core at %.1f busy replicas%n"
            + "  a changed row of a replica %.0f ns; %.1f rows an event%n"
            + "  bytes an event: changes %.0f, commands %.0f%n",
        count,
        EVENTS_A_REPLICA,
        Processor.load(),
        owner,
        merging / events / 1e3,
        replica,
        replica / owner / 2,
        merging / run.pairs,
        run.pairs / events,
        run.changeBytes / events,
        run.commandBytes / events);
    String who = count + " replicas, ";
    BenchResults.add(ReplicaCostBench.class, who + "owner", owner, "us an event");
    BenchResults.add(ReplicaCostBench.class, who + "replica", replica, "us an event");
    BenchResults.add(
        ReplicaCostBench.class, who + "changed row", merging / run.pairs, "ns of the owner");
  }
}
