package io.millrace.flink.operator;

import io.millrace.flink.run.RunFiles;
import io.millrace.state.EventTotals;
import io.millrace.state.RecordSerializer;
import io.millrace.state.ReportLine;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Adds up what the gates have counted: a line when a pane ends, and one at the end. */
public final class TotalsOperator extends AbstractStreamOperator<ReportLine>
    implements OneInputStreamOperator<EventTotals, ReportLine>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  private transient EventTotals totals;
  private transient boolean changed;
  private transient ListState<EventTotals> stored;

  /** Totals of nothing. */
  public TotalsOperator(StreamOperatorParameters<ReportLine> parameters) {
    super(parameters);
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    totals = EventTotals.none();
    stored =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>(
                    "totals", new RecordSerializer<>(new EventTotals.Format())));
    for (EventTotals part : stored.get()) {
      totals = totals.plus(part);
    }
  }

  @Override
  public void processElement(StreamRecord<EventTotals> element) {
    totals = totals.plus(element.getValue());
    changed = true;
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    if (changed && mark.getTimestamp() != Long.MAX_VALUE) {
      emit(false);
    }
    super.processWatermark(mark);
  }

  @Override
  public void endInput() {
    emit(true);
  }

  private void emit(boolean complete) {
    changed = false;
    output.collect(
        new StreamRecord<>(
            new ReportLine(
                ReportLine.Kind.COUNTS, "events", RunFiles.countsJson(totals, complete))));
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    stored.update(List.of(totals));
  }
}
