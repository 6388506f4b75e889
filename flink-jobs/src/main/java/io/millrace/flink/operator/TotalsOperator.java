package io.millrace.flink.operator;

import io.millrace.event.EventTotals;
import io.millrace.event.RejectedRecord;
import io.millrace.event.SchemaChange;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.CountColumns;
import io.millrace.runs.line.DenseColumns;
import io.millrace.runs.line.RejectColumns;
import io.millrace.spec.JobSpec;
import io.millrace.state.RawState;
import io.millrace.state.RecordSerializer;
import io.millrace.state.ReportLine;
import io.millrace.state.TotalsDelta;
import io.millrace.time.SubWindowEntry;
import io.millrace.values.HotValues;
import io.millrace.watch.DenseDrift;
import io.millrace.watch.LateEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Adds up the totals of all operators. When a pane has ended, and at the end, it emits a line of
 * event totals, the values of frequent ids, a line for each dense column, and a warning if many
 * events came late; it emits the first rejects at once. Events that are lost make a line of event
 * totals at once, too.
 *
 * <p>The deltas of the gates are the first input, those of all other operators the second. Panes
 * end by the watermarks of the gates, so that a line holds exactly what was read until then,
 * however far behind the trainers are. CPU times are those reported so far.
 */
public final class TotalsOperator extends AbstractStreamOperator<ReportLine>
    implements TwoInputStreamOperator<TotalsDelta, TotalsDelta, ReportLine>, BoundedMultiInput {
  private static final long serialVersionUID = 1L;

  /** Name of the state about dense columns. */
  public static final String DENSE = "dense columns";

  /** Format of the state about dense columns. */
  public static final int FORMAT = 1;

  private static final String DENSE_MARK = "dense ";
  private static final String FIELD_MARK = "field ";

  private final JobSpec job;
  private final long seed;
  private transient EventTotals events;
  private transient Map<String, Long> nanos;
  private transient HotValues values;
  private transient DenseDrift dense;
  private transient LateEvents late;
  private transient WindowGauges gauges;
  private transient boolean changed;
  private transient SubWindowEntry entry;
  private transient int ended;
  private transient long pane;
  private transient ListState<TotalsDelta> stored;
  private transient ListState<String> storedColumns;
  private transient ListState<Long> storedPane;
  private transient ListState<Long> storedLate;

  /**
   * Totals of no event.
   *
   * @param seed root seed of the job, named in the lines about dense columns
   */
  public TotalsOperator(JobSpec job, long seed) {
    this.job = job;
    this.seed = seed;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    entry = new SubWindowEntry(job.watchGrid());
    events = EventTotals.none();
    nanos = new TreeMap<>();
    gauges = new WindowGauges(getMetricGroup());
    dense = new DenseDrift(job, seed);
    storedColumns = Restore.list(context, "columns", StringSerializer.INSTANCE);
    SchemaChange change = changeSince(storedColumns.get());
    Restore.read(context, DENSE, FORMAT, in -> dense.readState(in, change));
    values = new HotValues(job.schema(), RunFiles.HOT_VALUES);
    stored = Restore.list(context, "tally", new RecordSerializer<>(new TotalsDelta.Format()));
    for (TotalsDelta total : stored.get()) {
      addWithoutValues(total);
      values.add(total.values(), change);
    }
    storedPane = Restore.list(context, "pane", LongSerializer.INSTANCE);
    pane = Long.MIN_VALUE;
    for (long last : storedPane.get()) {
      pane = last;
    }
    restoreLate(context);
  }

  /** Older states lack it: then late events count from the restart on. */
  private void restoreLate(StateInitializationContext context) throws Exception {
    late = new LateEvents(job);
    storedLate = Restore.list(context, "late", LongSerializer.INSTANCE);
    List<Long> state = new ArrayList<>();
    storedLate.get().forEach(state::add);
    late.restore(state.isEmpty() ? List.of(pane, eventsRead(), eventsLate()) : state);
  }

  private long eventsRead() {
    return events.trained() + events.droppedLate();
  }

  private long eventsLate() {
    return events.lateTrained() + events.droppedLate();
  }

  private void add(TotalsDelta delta) {
    addWithoutValues(delta);
    values.add(delta.values());
  }

  private void addWithoutValues(TotalsDelta delta) {
    events = events.plus(delta.events());
    delta.nanos().forEach((stage, n) -> nanos.merge(stage, n, Long::sum));
  }

  /** Names of columns as state keeps them, each behind a mark of its kind. */
  private List<String> columns() {
    List<String> names = new ArrayList<>();
    job.schema().dense().forEach(column -> names.add(DENSE_MARK + column.name()));
    job.schema().fields().forEach(field -> names.add(FIELD_MARK + field.name()));
    return names;
  }

  /** Older states keep no names: they are of the same columns. */
  private SchemaChange changeSince(Iterable<String> saved) {
    List<String> names = new ArrayList<>();
    saved.forEach(names::add);
    List<String> former = names.isEmpty() ? columns() : names;
    return new SchemaChange(marked(former, DENSE_MARK), marked(former, FIELD_MARK), job.schema());
  }

  private static List<String> marked(List<String> names, String mark) {
    return names.stream()
        .filter(name -> name.startsWith(mark))
        .map(name -> name.substring(mark.length()))
        .toList();
  }

  @Override
  public void processElement1(StreamRecord<TotalsDelta> element) {
    TotalsDelta delta = element.getValue();
    long room = Math.max(0, RunFiles.FIRST_REJECTS - events.rejected());
    delta.rejects().stream().limit(room).forEach(this::emit);
    add(delta);
    dense.addAll(delta.dense());
    changed |= delta.events().read() > 0;
    if (delta.events().lost() > 0) {
      emitTotals(false);
    }
  }

  @Override
  public void processElement2(StreamRecord<TotalsDelta> element) {
    add(element.getValue());
  }

  private void emit(RejectedRecord reject) {
    emit(
        ReportLine.Kind.REJECT,
        reject.reason(),
        RejectColumns.LINE.json(RejectColumns.Rejected.of(reject)));
  }

  private void emit(ReportLine.Kind kind, String key, String json) {
    output.collect(new StreamRecord<>(new ReportLine(kind, key, json)));
  }

  @Override
  public void processWatermark1(Watermark mark) throws Exception {
    if (entry.enters(mark.getTimestamp())) {
      closeSubWindow(mark);
    }
    super.processWatermark1(mark);
  }

  private void closeSubWindow(Watermark mark) {
    dense.onWatermark(
        mark.getTimestamp(),
        line -> {
          gauges.of("column", line.field()).show(DenseColumns.LINE, line);
          emit(ReportLine.Kind.DRIFT, line.field(), DenseColumns.LINE.json(line));
        });
    late.onWatermark(
        mark.getTimestamp(),
        eventsRead(),
        eventsLate(),
        warning -> output.collect(new StreamRecord<>(ReportLines.warning(warning))));
    if (mark.getTimestamp() != Long.MAX_VALUE) {
      long entered = job.windows().pane(mark.getTimestamp() + 1);
      if (changed && entered > pane) {
        emitTotals(false);
      }
      pane = Math.max(pane, entered);
    }
  }

  @Override
  public void endInput(int input) {
    if (++ended == 2) {
      emitTotals(true);
    }
  }

  private void emitTotals(boolean complete) {
    changed = false;
    emit(
        ReportLine.Kind.COUNTS,
        "events",
        CountColumns.LINE.json(new CountColumns.Totals(events, nanos, complete)));
    String lines = RunFiles.valuesJson(job.schema(), values);
    if (!lines.isEmpty()) {
      emit(ReportLine.Kind.VALUES, "values", lines);
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    stored.update(List.of(new TotalsDelta(events, nanos, List.of(), values.counted(), Map.of())));
    RawState.write(context, DENSE, FORMAT, dense::writeState);
    storedColumns.update(columns());
    storedPane.update(List.of(pane));
    storedLate.update(late.state());
  }
}
