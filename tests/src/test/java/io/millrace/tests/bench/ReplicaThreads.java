package io.millrace.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import io.millrace.replica.Change;
import io.millrace.replica.ChangeCodec;
import io.millrace.replica.RemoteReplicas;
import io.millrace.replica.ReplicaCommand;
import io.millrace.replica.ReplicaTask;
import io.millrace.replica.SharedMemory;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.state.ReplicaCommandFormat;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.student.StudentTables;
import io.millrace.watch.Refreshes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * The student of a job's first arm in the caller's thread, and a thread for each of its replicas;
 * one replica is the student itself, as everywhere. Commands cross threads as bytes, by Flink's
 * serializers.
 */
final class ReplicaThreads implements RemoteReplicas.Task, AutoCloseable {
  private static final int BEFORE_CHANGES = 64;
  private static final int COMMANDS = 4_096;
  private static final byte[] END = {};
  private static final byte[] GIVEN = {};
  private static final long ATTEMPT = 1;
  private static final ThreadMXBean TIMES = ManagementFactory.getThreadMXBean();

  private final Student student;
  private final List<BlockingQueue<byte[]>> edges = new ArrayList<>();
  private final BlockingQueue<byte[]> topic = new LinkedBlockingQueue<>();
  private final List<CompletableFuture<Void>> threads = new ArrayList<>();
  private final BlockingQueue<Change> given = new LinkedBlockingQueue<>();
  private final ChangeCodec.Assembler assembler = new ChangeCodec.Assembler(ATTEMPT);
  private final SharedMemory memory;
  private final ReplicaCommandFormat format = new ReplicaCommandFormat();
  private final DataOutputSerializer record = new DataOutputSerializer(1024);
  private final List<Long> ids = new ArrayList<>();
  private final AtomicInteger open = new AtomicInteger();
  private RemoteReplicas remote;
  private long learned;

  /**
   * Threads that have learned nothing.
   *
   * @param share whether changes and merges cross threads as objects, as within a TaskManager
   */
  ReplicaThreads(JobSpec job, boolean share) {
    memory = share ? SharedMemory.open(ATTEMPT, this::given) : null;
    ArmSpec arm = job.arms().get(0);
    int replicas = arm.replicas();
    student =
        new Student(
            job,
            arm,
            1,
            (spec, field, pane) -> null,
            Refreshes.ofWindows(job.mapGrid()),
            new Learned(),
            replicas == 1 ? null : maps -> link(replicas, maps));
    for (int r = 0; r < (replicas == 1 ? 0 : replicas); r++) {
      BlockingQueue<byte[]> edge = new ArrayBlockingQueue<>(COMMANDS);
      ReplicaTask task = new StudentTables(job, arm, 1).replica(r, topic::add);
      edges.add(edge);
      threads.add(CompletableFuture.runAsync(() -> run(task, edge), this::start));
    }
  }

  private RemoteReplicas link(int replicas, IntFunction<MapVersion> maps) {
    remote = new RemoteReplicas(replicas, ATTEMPT, maps, this);
    remote.share(memory);
    return remote;
  }

  private void start(Runnable replica) {
    Thread thread = new Thread(replica);
    ids.add(thread.getId());
    thread.start();
  }

  /** Processor time of all replicas since they were started, ns. */
  long replicaNanos() {
    return ids.stream().mapToLong(TIMES::getThreadCpuTime).sum();
  }

  private final class Learned implements Student.Listener {
    @Override
    public void metrics(MetricLine line) {
      learned = line.learned();
    }

    @Override
    public void publish(Student of, Student.PublishCause cause) {}
  }

  private void run(ReplicaTask task, BlockingQueue<byte[]> edge) {
    try (task) {
      for (byte[] bytes = edge.take(); bytes != END; bytes = edge.take()) {
        task.take(format.read(1, new DataInputDeserializer(bytes)));
        open.decrementAndGet();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Gives the student events in order of time. */
  void learn(List<ClickEvent> events) {
    for (int i = 0; i < events.size(); i++) {
      student.onEvent(events.get(i), false);
      if (i % BEFORE_CHANGES == BEFORE_CHANGES - 1 || i == events.size() - 1) {
        student.onWatermark(events.get(i).eventTime() - 1);
        takeAll();
        student.steps().resume(Integer.MAX_VALUE);
      }
    }
  }

  /** Waits until replicas have done what they were told so far. */
  void awaitIdle() {
    await(() -> open.get() == 0);
  }

  /** Ends the stream: every event is learned. */
  void finish() {
    student.onWatermark(Long.MAX_VALUE);
    student.steps().resumeAll();
  }

  void assertLearned(long events) {
    assertThat(learned).isEqualTo(events);
  }

  @Override
  public void send(ReplicaCommand command) {
    try {
      record.clear();
      format.write(command, record);
      open.incrementAndGet();
      edges.get(command.replica()).put(record.getCopyOfBuffer());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void await(BooleanSupplier there) {
    while (!there.getAsBoolean()) {
      try {
        take(topic.poll(10, TimeUnit.MILLISECONDS));
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      assertThat(threads).noneMatch(CompletableFuture::isCompletedExceptionally);
    }
  }

  private void given(Change change) {
    given.add(change);
    topic.add(GIVEN);
  }

  private void takeAll() {
    for (byte[] record = topic.poll(); record != null; record = topic.poll()) {
      take(record);
    }
  }

  private void take(byte[] record) {
    if (record == GIVEN) {
      remote.take(given.remove());
    } else if (record != null) {
      assembler.add(record).ifPresent(remote::take);
    }
  }

  @Override
  public void close() {
    edges.forEach(edge -> edge.add(END));
    threads.forEach(CompletableFuture::join);
    if (memory != null) {
      memory.close();
    }
    student.close();
  }
}
