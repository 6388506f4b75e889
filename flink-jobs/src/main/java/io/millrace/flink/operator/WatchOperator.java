package io.millrace.flink.operator;

import io.millrace.flink.store.Stores;
import io.millrace.runs.JobMetric;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.WatchColumns;
import io.millrace.spec.JobSpec;
import io.millrace.state.RawState;
import io.millrace.state.RecordType;
import io.millrace.state.ReportLine;
import io.millrace.state.WatchPiece;
import io.millrace.watch.AlertLine;
import io.millrace.watch.DriftWatch;
import io.millrace.watch.PulseLine;
import io.millrace.watch.RefreshLine;
import io.millrace.watch.Refreshes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches for change between the ends of windows: emits the values of all sub-windows, and alerts.
 * Parallelism 1.
 *
 * <p>A job has two of them. One watches traffic and the teacher and, where changes make maps due,
 * decides when maps are built. The other watches the students, so that the first never waits for
 * operators that wait for its decisions. Decisions are written beside the maps, and stay valid
 * after a failure.
 *
 * <p>The traffic of several readers is joined until the watermark of the first input has passed a
 * sub-window; losses are complete when they come. The watermark of the second input is not used, as
 * the teacher holds it back until the decision about maps. Operators emit traffic and losses before
 * watermarks and barriers. State of other sub-windows, fields or detectors is dropped: the watch
 * then warms up again.
 */
public final class WatchOperator extends AbstractStreamOperator<ReportLine>
    implements TwoInputStreamOperator<WatchPiece, WatchPiece, ReportLine> {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(WatchOperator.class);

  /** The side output by which combiners, teacher and students emit traffic and losses. */
  public static final OutputTag<WatchPiece> PIECES =
      new OutputTag<>("watched", RecordType.of(new WatchPiece.Format()));

  /** A side output that is always empty, for a watch without a second input. */
  public static final OutputTag<WatchPiece> NOTHING =
      new OutputTag<>("nothing", RecordType.of(new WatchPiece.Format()));

  /** Name of this operator in its state and, for traffic and the teacher, in the graph. */
  public static final String NAME = "watch";

  /** Name of the watch of students in the graph. */
  public static final String OF_STUDENTS = "watch-students";

  /** Format of its state. */
  public static final int FORMAT = 2;

  /** Format without the teacher. */
  private static final int WITHOUT_TEACHER = 1;

  /** Formats that are accepted; state of the older one is dropped. */
  public static final Set<Integer> READABLE = Set.of(WITHOUT_TEACHER, FORMAT);

  private final JobSpec job;
  private final long seed;
  private final boolean decides;
  private final String runDir;
  private transient MapFolder maps;
  private transient long decided;
  private transient DriftWatch watch;
  private transient Counter alerts;

  /**
   * A watch that has seen nothing.
   *
   * @param ofStudents true if it watches the students, false for traffic and the teacher
   * @param runDir run directory, where it writes its decisions
   */
  public WatchOperator(JobSpec job, long seed, boolean ofStudents, String runDir) {
    this.decides = job.hash().refresh().byDrift() && !ofStudents;
    this.runDir = runDir;
    this.job = job;
    this.seed = seed;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    watch = new DriftWatch(job, seed, new Lines());
    Restore.read(context, NAME, Map.of(FORMAT, this::readState, WITHOUT_TEACHER, RawState.DROPPED));
    maps = new MapFolder(Stores.folderOf(runDir, RunFiles.MAPS));
    decided = Long.MIN_VALUE;
    if (decides) {
      Optional<Refreshes> written = maps.refreshes(job.mapGrid());
      written.ifPresent(watch::adopt);
      decided = written.map(Refreshes::decided).orElse(decided);
      decide();
    }
  }

  private void readState(DataInput in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    if (!watch.readState(new DataInputStream(new ByteArrayInputStream(bytes)))) {
      LOG.warn("the settings of drift have changed: the watch warms up again");
    }
  }

  /** Writes the state after its length, so that a reader can skip it. */
  private void writeState(DataOutput out) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    watch.writeState(new DataOutputStream(bytes));
    out.writeInt(bytes.size());
    out.write(bytes.toByteArray());
  }

  /** Writes the decisions to the run directory, if there are new ones. */
  private void decide() throws IOException {
    Refreshes refreshes = watch.refreshes();
    if (decides && refreshes.decided() > decided) {
      maps.decide(refreshes);
      decided = refreshes.decided();
    }
  }

  @Override
  public void open() throws Exception {
    super.open();
    alerts = getMetricGroup().counter(JobMetric.DRIFT_ALERTS_TOTAL.key());
  }

  /** Emits what the watch reports as lines. */
  private final class Lines implements DriftWatch.Listener {
    @Override
    public void pulse(PulseLine line) {
      emit(ReportLine.Kind.PULSE, line.stream().key(), WatchColumns.PULSE.json(line));
    }

    @Override
    public void alert(AlertLine line) {
      alerts.inc();
      LOG.warn("{}", line.text());
      emit(ReportLine.Kind.ALERT, line.stream().key(), WatchColumns.ALERT.json(line));
    }

    @Override
    public void refresh(RefreshLine line) {
      LOG.info("maps are rebuilt at {}: {}", Instant.ofEpochMilli(line.time()), line.causes());
      emit(ReportLine.Kind.REFRESH, "refresh", WatchColumns.REFRESH.json(line));
    }

    private void emit(ReportLine.Kind kind, String key, String json) {
      output.collect(new StreamRecord<>(new ReportLine(kind, key, json)));
    }
  }

  static void emit(Output<?> output, WatchPiece piece) {
    output.collect(PIECES, new StreamRecord<>(piece));
  }

  @Override
  public void processElement1(StreamRecord<WatchPiece> element) throws IOException {
    take(element.getValue());
  }

  @Override
  public void processElement2(StreamRecord<WatchPiece> element) throws IOException {
    take(element.getValue());
  }

  private void take(WatchPiece piece) throws IOException {
    if (piece.traffic() != null) {
      watch.onTraffic(piece.traffic());
    } else if (piece.arm() != null) {
      watch.onLosses(piece.arm(), piece.losses());
    } else if (piece.losses() != null) {
      watch.onTeacherLosses(piece.losses(), piece.subWindow());
    } else {
      watch.onTeacherComplete(piece.subWindow());
      decide();
    }
  }

  @Override
  public void processWatermark1(Watermark mark) throws Exception {
    watch.onWatermark(mark.getTimestamp());
    decide();
    super.processWatermark1(mark);
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    RawState.write(context, NAME, FORMAT, this::writeState);
  }
}
