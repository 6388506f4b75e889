package io.millrace.flink.operator;

import io.millrace.event.WindowSpec;
import io.millrace.state.EventTotals;
import io.millrace.state.GatedEvent;
import io.millrace.state.RecordType;
import io.millrace.state.RejectedRecord;
import io.millrace.state.SourceRecord;
import io.millrace.stream.LateGate;
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
 * The gate behind the source: says once for all that follow whether an event is late, sends rejects
 * aside, and counts what became of every record.
 *
 * <p>Totals leave as differences before every watermark and every barrier, so nothing of them needs
 * to be kept here. What is kept is the watermark, which Flink does not: without it, the first late
 * events after a restart would pass as timely ones. A gate goes on from the lowest watermark of
 * all, as panes further on have closed for no one yet.
 */
public final class GateOperator extends AbstractStreamOperator<GatedEvent>
    implements OneInputStreamOperator<SourceRecord, GatedEvent>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  /** Records that are not events. */
  public static final OutputTag<RejectedRecord> REJECTS =
      new OutputTag<>("rejects", RecordType.of(new RejectedRecord.Format()));

  /** What became of the records since the last totals. */
  public static final OutputTag<EventTotals> TOTALS =
      new OutputTag<>("totals", RecordType.of(new EventTotals.Format()));

  private final WindowSpec windows;
  private final LateGate.Policy policy;
  private transient LateGate gate;
  private transient long watermark;
  private transient boolean idle;
  private transient ListState<Long> watermarks;
  private transient long trained;
  private transient long lateTrained;
  private transient long droppedLate;
  private transient Map<String, Long> rejects;
  private transient Counter readTotal;
  private transient Counter lateTotal;
  private transient Counter droppedTotal;
  private transient Counter rejectedTotal;

  /** A gate that has seen nothing. */
  public GateOperator(
      StreamOperatorParameters<GatedEvent> parameters, WindowSpec windows, LateGate.Policy policy) {
    super(parameters);
    this.windows = windows;
    this.policy = policy;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    gate = new LateGate(windows);
    watermark = Long.MIN_VALUE;
    rejects = new TreeMap<>();
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
    readTotal = getMetricGroup().counter("eventsRead");
    lateTotal = getMetricGroup().counter("eventsLate");
    droppedTotal = getMetricGroup().counter("eventsDroppedLate");
    rejectedTotal = getMetricGroup().counter("eventsRejected");
    getMetricGroup().gauge("watermarkMs", () -> watermark);
  }

  @Override
  public void processElement(StreamRecord<SourceRecord> element) {
    SourceRecord record = element.getValue();
    readTotal.inc();
    if (record.reject() != null) {
      rejectedTotal.inc();
      rejects.merge(record.reject().reason(), 1L, Long::sum);
      output.collect(REJECTS, new StreamRecord<>(record.reject()));
      return;
    }
    boolean late = gate.late(record.event().eventTime());
    if (late) {
      lateTotal.inc();
    }
    if (late && policy == LateGate.Policy.DROP) {
      droppedTotal.inc();
      droppedLate++;
      return;
    }
    trained++;
    lateTrained += late ? 1 : 0;
    output.collect(
        new StreamRecord<>(new GatedEvent(record.event(), late), record.event().eventTime()));
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    emitTotals();
    watermark = Math.max(watermark, mark.getTimestamp());
    gate.onWatermark(mark.getTimestamp());
    super.processWatermark(mark);
  }

  @Override
  public void processWatermarkStatus(WatermarkStatus status) throws Exception {
    idle = status.isIdle();
    super.processWatermarkStatus(status);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    emitTotals();
  }

  @Override
  public void endInput() {
    emitTotals();
  }

  private void emitTotals() {
    EventTotals totals = new EventTotals(trained, lateTrained, droppedLate, rejects);
    if (totals.read() == 0) {
      return;
    }
    output.collect(TOTALS, new StreamRecord<>(totals));
    trained = 0;
    lateTrained = 0;
    droppedLate = 0;
    rejects.clear();
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    watermarks.clear();
    watermarks.add(idle ? Long.MAX_VALUE : watermark);
  }
}
