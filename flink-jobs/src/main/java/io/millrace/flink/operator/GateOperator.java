package io.millrace.flink.operator;

import io.millrace.event.EventTotals;
import io.millrace.event.RejectedRecord;
import io.millrace.event.Warning;
import io.millrace.runs.JobMetric;
import io.millrace.runs.MetricName;
import io.millrace.runs.RunFiles;
import io.millrace.runs.StageClock;
import io.millrace.spec.JobSpec;
import io.millrace.state.GatedEvent;
import io.millrace.state.PartitionProgress;
import io.millrace.state.RecordType;
import io.millrace.state.RejectedRecordFormat;
import io.millrace.state.ReportLine;
import io.millrace.state.SourceRecord;
import io.millrace.state.TotalsDelta;
import io.millrace.stream.StageTimer;
import io.millrace.time.LateGate;
import io.millrace.time.SubWindowEntry;
import io.millrace.time.WatchGrid;
import io.millrace.values.HotValues;
import io.millrace.watch.DensePanes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;

/**
 * The gate behind the source. It decides for all operators behind it whether an event is late,
 * emits rejects and warnings as side outputs, counts what becomes of every record, keeps the raw
 * values of frequent ids, and summarises dense columns.
 *
 * <p>It emits its totals as {@link TotalsDelta}s when a sub-window ends, those of raw values when a
 * pane ends, as they are large; before every barrier all of them. Its state is the watermark, which
 * Flink does not store: without it, the first late events after a restart would count as timely. A
 * gate continues from the lowest watermark of all gates, as no later pane has closed on any
 * subtask.
 *
 * <p>Each reader of the source has a gate of its own, which knows only its own watermark. While its
 * partitions are idle, the others close panes without it. Events that then come for a closed pane
 * are timely for this gate: they count as trained on time, and are trained on even where late
 * events are dropped. Trainers and counters see the lowest watermark of all gates and treat these
 * events as late, see {@link io.millrace.time.PaneBuffer}.
 *
 * <p>A gate whose source is idle becomes active with its next event. The source would become active
 * only with a watermark that is higher than its last one; until then other readers could close the
 * pane of the new events. The gate is idle again after {@code idleAfter} without events.
 *
 * <p>The CPU time of its thread, without that of operators chained to it, is the stage of reading.
 */
public final class GateOperator extends AbstractStreamOperator<GatedEvent>
    implements OneInputStreamOperator<SourceRecord, GatedEvent>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  /** Records that are not events. */
  public static final OutputTag<RejectedRecord> REJECTS =
      new OutputTag<>("rejects", RecordType.of(new RejectedRecordFormat()));

  /** Warnings, each a line. */
  public static final OutputTag<ReportLine> WARNINGS =
      new OutputTag<>("warnings", RecordType.of(new ReportLine.Format()));

  /** The progress of each partition. */
  public static final OutputTag<PartitionProgress> PROGRESS =
      new OutputTag<>("progress", RecordType.of(new PartitionProgress.Format()));

  private final JobSpec job;
  private final Duration idleAfter;
  private transient LateGate gate;
  private transient SubWindowEntry entry;
  private transient SubWindowEntry paneEntry;
  private transient long watermark;
  private transient boolean idle;
  private transient boolean woken;
  private transient boolean heard;
  private transient ListState<Long> watermarks;
  private transient long trained;
  private transient long lateTrained;
  private transient long droppedLate;
  private transient long lost;
  private transient Map<String, Long> rejects;
  private transient List<RejectedRecord> firstRejects;
  private transient HotValues values;
  private transient DensePanes dense;
  private transient StageClock clock;
  private transient Counter readTotal;
  private transient Counter lateTotal;
  private transient Counter droppedTotal;
  private transient Counter rejectedTotal;

  /**
   * A gate that has seen nothing.
   *
   * @param idleAfter after which a reader without events no longer holds the others back; zero for
   *     never
   */
  public GateOperator(
      StreamOperatorParameters<GatedEvent> parameters, JobSpec job, Duration idleAfter) {
    super(parameters);
    this.job = job;
    this.idleAfter = idleAfter;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    gate = new LateGate(job.windows());
    entry = new SubWindowEntry(job.watchGrid());
    paneEntry = new SubWindowEntry(new WatchGrid(job.windows(), 1));
    watermark = Long.MIN_VALUE;
    rejects = new TreeMap<>();
    firstRejects = new ArrayList<>();
    values = new HotValues(job.schema(), RunFiles.HOT_VALUES);
    dense = new DensePanes(job);
    clock = new StageClock();
    watermarks =
        context
            .getOperatorStateStore()
            .getUnionListState(new ListStateDescriptor<>("watermark", LongSerializer.INSTANCE));
    long lowest = Long.MAX_VALUE;
    for (long each : watermarks.get()) {
      lowest = Math.min(lowest, each);
    }
    if (lowest != Long.MAX_VALUE) {
      watermark = lowest;
      gate.onWatermark(lowest);
    }
  }

  @Override
  public void open() throws Exception {
    super.open();
    readTotal = getMetricGroup().counter(JobMetric.EVENTS_READ_TOTAL.key());
    lateTotal = getMetricGroup().counter(JobMetric.EVENTS_LATE_TOTAL.key());
    droppedTotal = getMetricGroup().counter(JobMetric.EVENTS_DROPPED_LATE_TOTAL.key());
    rejectedTotal = getMetricGroup().counter(JobMetric.EVENTS_REJECTED_TOTAL.key());
    getMetricGroup()
        .gauge(
            JobMetric.WATERMARK_TIMESTAMP_SECONDS.key(),
            () -> MetricName.secondsOfMillis(watermark));
    idleAfterSilence();
    clock.start();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a failure in a timer fails the task
  private void idleAfterSilence() {
    if (!idleAfter.isZero()) {
      long millis = idleAfter.toMillis();
      getProcessingTimeService().scheduleWithFixedDelay(time -> idleUnlessHeard(), millis, millis);
    }
  }

  private void idleUnlessHeard() throws Exception {
    if (woken && !heard) {
      processWatermarkStatus(WatermarkStatus.IDLE);
    }
    heard = false;
  }

  @Override
  public void processElement(StreamRecord<SourceRecord> element) throws Exception {
    SourceRecord record = element.getValue();
    if (record.warning() != null) {
      warn(record.warning());
      return;
    }
    if (record.progress() != null) {
      output.collect(PROGRESS, new StreamRecord<>(record.progress()));
      return;
    }
    readTotal.inc();
    if (record.reject() != null) {
      reject(record.reject());
      return;
    }
    record.values().forEach(values);
    heard = true;
    if (idle) {
      processWatermarkStatus(WatermarkStatus.ACTIVE);
      woken = true;
    }
    boolean late = gate.late(record.event().eventTime());
    if (late) {
      lateTotal.inc();
    }
    if (late && job.late() == LateGate.Policy.DROP) {
      droppedTotal.inc();
      droppedLate++;
      return;
    }
    if (!late) {
      dense.add(record.event());
    }
    trained++;
    lateTrained += late ? 1 : 0;
    output.collect(
        new StreamRecord<>(new GatedEvent(record.event(), late), record.event().eventTime()));
  }

  private void warn(Warning warning) {
    output.collect(WARNINGS, new StreamRecord<>(ReportLines.warning(warning)));
    if (warning.kind() == Warning.Kind.LOST_EVENTS) {
      lost += warning.count();
      emitTotals(List.of()); // perhaps no watermark comes for long
    }
  }

  private void reject(RejectedRecord reject) {
    rejectedTotal.inc();
    rejects.merge(reject.reason(), 1L, Long::sum);
    if (firstRejects.size() < RunFiles.FIRST_REJECTS) {
      firstRejects.add(reject.withoutBytes());
    }
    output.collect(REJECTS, new StreamRecord<>(reject));
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    boolean enters = entry.enters(mark.getTimestamp());
    if (paneEntry.enters(mark.getTimestamp())) {
      emitAll();
    } else if (enters) {
      emitTotals(List.of());
    }
    watermark = Math.max(watermark, mark.getTimestamp());
    gate.onWatermark(mark.getTimestamp());
    super.processWatermark(mark);
  }

  @Override
  public void processWatermarkStatus(WatermarkStatus status) throws Exception {
    idle = status.isIdle();
    woken = false;
    super.processWatermarkStatus(status);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    emitAll();
  }

  @Override
  public void endInput() {
    emitAll();
  }

  /** Emits all that it holds. */
  private void emitAll() {
    emitTotals(values.counted());
    values.clear();
  }

  private void emitTotals(List<HotValues.Counted> counted) {
    TotalsOutput.emit(
        output,
        new TotalsDelta(
            new EventTotals(trained, lateTrained, droppedLate, rejects, lost),
            Map.of(StageTimer.READING, clock.lap()),
            firstRejects,
            counted,
            dense.take()));
    trained = 0;
    lateTrained = 0;
    droppedLate = 0;
    lost = 0;
    rejects.clear();
    firstRejects.clear();
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    watermarks.clear();
    watermarks.add(idle ? Long.MAX_VALUE : watermark);
  }
}
