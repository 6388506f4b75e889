package io.millrace.flink.operator;

import io.millrace.event.Warning;
import io.millrace.runs.JobMetric;
import io.millrace.runs.StageClock;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.UpdateCodec;
import io.millrace.snapshot.UpdateRecord;
import io.millrace.spec.ArmSpec;
import io.millrace.state.RecordType;
import io.millrace.state.UpdateChunk;
import io.millrace.student.Student;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * Emits the updates of one student's served model as records for Kafka.
 *
 * <p>State holds the epoch and the number of the last update. A start, also one from a checkpoint,
 * begins a new epoch with a reset: what an earlier run has emitted after the checkpoint is void.
 */
public final class StudentUpdating {

  /** The side output of records for the topic of updates. */
  public static final OutputTag<UpdateChunk> UPDATES =
      new OutputTag<>("updates", RecordType.of(new UpdateChunk.Format()));

  /** Longest time between two attempts to emit, ms. */
  private static final long LONGEST_PAUSE = 60_000;

  private static final long FIRST_PAUSE = 1000;

  private final Student student;
  private final Output<?> output;
  private final int partition;
  private final StageClock clock = new StageClock();
  private final LongAdder emitted = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder rows = new LongAdder();
  private ListState<Long> saved;
  private long epoch;
  private long interval;
  private long pause;
  private long notBefore;

  /** No update has been emitted yet. */
  StudentUpdating(Student student, Output<?> output) {
    this.student = student;
    this.output = output;
    this.partition = student.job().arms().indexOf(student.spec());
  }

  /** Why an arm emits none. */
  static Warning impossible(ArmSpec arm) {
    return new Warning(
        Warning.Kind.NO_UPDATES,
        System.currentTimeMillis(),
        null,
        arm.name(),
        0,
        ("arm %s emits no updates, as each step may prune any of its rows (table: pep): servers see"
                + " whole versions only; see publish.every_seconds")
            .formatted(arm.name()));
  }

  /** Restores the numbers. */
  void restore(StateInitializationContext context) throws Exception {
    saved = Restore.list(context, "updates", LongSerializer.INSTANCE);
    Iterator<Long> numbers = saved.get().iterator();
    if (numbers.hasNext()) {
      epoch = numbers.next();
      interval = numbers.next();
    }
  }

  /** Writes the numbers to state. */
  void snapshot() throws Exception {
    boolean on = student.updates().epoch() > 0;
    saved.update(
        on
            ? List.of(student.updates().epoch(), student.updates().interval())
            : List.of(epoch, interval));
  }

  /**
   * Begins an epoch, later than any before, also where the clock of this machine is behind.
   *
   * @param now wall time, ms
   * @param published largest epoch of the versions that are there: it may have begun after the
   *     checkpoint; 0 for none
   */
  void start(long now, long published, MetricGroup metrics) {
    student.updates().start(Math.max(Math.max(epoch, published) + 1, now), interval);
    send(
        UpdateCodec.reset(
            new UpdateRecord.Reset(student.spec().name(), student.updates().epoch(), interval)));
    metrics.gauge(JobMetric.UPDATES_EMITTED_TOTAL.key(), emitted::sum);
    metrics.gauge(JobMetric.UPDATE_BYTES_TOTAL.key(), bytes::sum);
    metrics.gauge(JobMetric.UPDATE_ROWS_TOTAL.key(), rows::sum);
    metrics.gauge(JobMetric.UPDATE_INTERVAL.key(), () -> student.updates().interval());
  }

  /**
   * Emits what has changed since the last update. While the gate refuses, the pauses between two
   * attempts double up to {@link #LONGEST_PAUSE}, as each looks at all rows.
   *
   * @param now wall time, ms
   */
  void emit(long now) {
    if (student.updates().refused() && now < notBefore) {
      return;
    }
    clock.start();
    try {
      student.updates().emit();
    } finally {
      clock.stop();
    }
    pause =
        student.updates().refused() ? Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, 2 * pause)) : 0;
    notBefore = now + pause;
  }

  /** Emits the records of an update. */
  void send(ModelUpdate update) {
    UpdateCodec.chunks(update).forEach(this::send);
    emitted.increment();
    rows.add(rows(update));
  }

  private void send(byte[] record) {
    output.collect(
        UPDATES, new StreamRecord<>(new UpdateChunk(student.spec().name(), partition, record)));
    bytes.add(record.length);
  }

  private static long rows(ModelUpdate update) {
    long rows =
        update.network().stream()
            .flatMap(network -> network.fields().stream())
            .mapToLong(field -> field.values().count())
            .sum();
    return rows + update.linear().map(linear -> linear.slots().length).orElse(0);
  }

  /** CPU time since the last call, ns. */
  long takeNanos() {
    return clock.take();
  }
}
