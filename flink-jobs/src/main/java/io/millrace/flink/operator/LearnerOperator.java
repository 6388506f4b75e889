package io.millrace.flink.operator;

import io.millrace.runs.JobMetric;
import io.millrace.runs.MetricName;
import io.millrace.runs.StageClock;
import io.millrace.spec.JobSpec;
import io.millrace.state.GatedEvent;
import io.millrace.state.RawState;
import io.millrace.student.StateFacts;
import io.millrace.time.OrderedLearner;
import io.millrace.time.Sequencer;
import io.millrace.time.SubWindowEntry;
import io.millrace.time.WatchGrid;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * What the operators of students and teachers have in common. Events and watermarks go to a
 * learner. When what its steps wait for has arrived, they are resumed in slices. Its state is
 * frozen at a barrier and written while it continues to learn. Parallelism 1.
 *
 * @param <L> the learner
 * @param <T> records out
 */
abstract class LearnerOperator<L extends OrderedLearner, T> extends AbstractStreamOperator<T>
    implements OneInputStreamOperator<GatedEvent, T> {
  private static final long serialVersionUID = 1L;

  /** Steps that are resumed between two looks at the mailbox. */
  private static final int SLICE = 1024;

  private final String name;
  private final String stage;
  private final int format;
  private final Set<Integer> readable;
  private final RefreshDecisions.Source source;
  private final WatchGrid grid;
  private final transient MailboxExecutor mailbox;
  private transient StateFacts facts;
  private transient ModelCheckpoints checkpoints;
  private transient SubWindowEntry entry;
  private transient StageClock clock;
  transient Resumer resumer;
  transient RefreshDecisions refreshes;
  transient L learner;

  /**
   * An operator whose learner has learned nothing.
   *
   * @param name in state and messages
   * @param stage that its CPU time is counted for
   * @param format of the state that is written
   * @param readable formats that can be read, {@code format} among them
   * @param source where decisions about maps come from
   * @param grid at the ends of whose sub-windows it emits its CPU time
   */
  LearnerOperator(
      StreamOperatorParameters<T> parameters,
      String name,
      String stage,
      int format,
      Set<Integer> readable,
      RefreshDecisions.Source source,
      WatchGrid grid) {
    super(parameters);
    this.name = name;
    this.stage = stage;
    this.format = format;
    this.readable = readable;
    this.source = source;
    this.grid = grid;
    this.mailbox = parameters.getMailboxExecutor();
  }

  /** The settings that the state is laid out by. */
  abstract StateFacts facts();

  /** A learner that has learned nothing. */
  abstract L create();

  /**
   * Reads the state of a learner whose job had other columns.
   *
   * @param former the job as it was
   */
  abstract void readFormer(JobSpec former, int format, DataInput in) throws IOException;

  /** Writes the operator's own state, ahead of the learner's. */
  void writeAhead(DataOutput out) throws IOException {}

  /**
   * Reads what {@link #writeAhead} wrote.
   *
   * @param format of the state that is read, one of those that can be
   */
  void readAhead(int format, DataInput in) throws IOException {}

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    facts = facts();
    entry = new SubWindowEntry(grid);
    resumer = new Resumer(mailbox, name, this::resume);
    refreshes = new RefreshDecisions(source, name, resumer);
    learner = create();
    Map<Integer, RawState.Reader> readers = new HashMap<>();
    readable.forEach(saved -> readers.put(saved, in -> read(saved, in)));
    Restore.read(context, name, readers);
    checkpoints = new ModelCheckpoints(name, format);
  }

  private void read(int saved, DataInput in) throws IOException {
    JobSpec of = facts.check(name, in);
    readAhead(saved, in);
    if (of.equals(facts.job())) {
      learner.readState(saved, in);
    } else {
      readFormer(of, saved, in);
    }
  }

  private void write(DataOutput out) throws IOException {
    facts.write(out);
    writeAhead(out);
    learner.writeState(out);
  }

  @Override
  public void open() throws Exception {
    super.open();
    getMetricGroup().gauge(JobMetric.EVENTS_LEARNED_TOTAL.key(), () -> learner.learned());
    getMetricGroup().gauge(JobMetric.EVENTS_SKIPPED_TOTAL.key(), () -> learner.skipped());
    getMetricGroup().gauge(JobMetric.LEARNING_LAG_SECONDS.key(), this::lagSeconds);
    gauge(JobMetric.EVENTS_EARLY_TOTAL, Sequencer::early);
    gauge(JobMetric.EVENTS_OUT_OF_ORDER_TOTAL, Sequencer::outOfOrder);
    gauge(JobMetric.EVENTS_HELD, Sequencer::held);
    gauge(JobMetric.EVENTS_HELD_BYTES, Sequencer::heldBytes);
    gauge(JobMetric.EVENTS_HELD_BACK, Sequencer::heldBack);
    checkpoints.register(getMetricGroup());
    clock = new StageClock();
    getMetricGroup().gauge(JobMetric.CPU_SECONDS_TOTAL.key(), clock::seconds);
    clock.start();
    if (learner.steps().heldBack() > 0) {
      resumer.later();
    }
  }

  private void gauge(JobMetric metric, ToLongFunction<Sequencer> value) {
    getMetricGroup().gauge(metric.key(), () -> value.applyAsLong(learner.steps()));
  }

  /** How far learning is behind the wall clock beyond the lateness; NaN before the first event. */
  final double lagSeconds() {
    long newest = learner.lastEventTime();
    long now = getProcessingTimeService().getCurrentProcessingTime();
    return newest == Long.MIN_VALUE
        ? Double.NaN
        : MetricName.secondsOfMillis(now - newest - grid.windows().latenessMs());
  }

  private void resume() {
    if (learner.steps().resume(SLICE)) {
      resumer.later();
    }
  }

  @Override
  public void processElement(StreamRecord<GatedEvent> element) {
    learner.onEvent(element.getValue().event(), element.getValue().late());
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    learner.onWatermark(mark.getTimestamp());
    if (entry.enters(mark.getTimestamp())) {
      emitTimes();
    }
  }

  /** Emits a watermark. */
  final void forward(Watermark mark) throws Exception {
    super.processWatermark(mark);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    emitTimes();
  }

  /** Emits the CPU time since it was last emitted. */
  void emitTimes() {
    TotalsOutput.spent(output, stage, clock.lap());
  }

  @Override
  public OperatorSnapshotFutures snapshotState(
      long id, long time, CheckpointOptions how, CheckpointStreamFactory storage) throws Exception {
    return checkpoints.add(
        super.snapshotState(id, time, how, storage),
        this::write,
        learner.modelBytes(),
        storage,
        getContainingTask().getCancelables());
  }

  @Override
  public void finish() throws Exception {
    learner.steps().resumeAll();
    super.finish();
  }

  @Override
  public void close() throws Exception {
    super.close();
    if (refreshes != null) {
      refreshes.close();
    }
    if (learner != null) {
      learner.close();
    }
  }
}
