package io.millrace.flink.operator;

import io.millrace.flink.run.MapFolder;
import io.millrace.flink.run.RunFiles;
import io.millrace.state.RawState;
import io.millrace.state.RecordType;
import io.millrace.state.ReportLine;
import io.millrace.state.WatchPiece;
import io.millrace.stream.AlertLine;
import io.millrace.stream.DriftWatch;
import io.millrace.stream.JobSpec;
import io.millrace.stream.PulseLine;
import io.millrace.stream.RefreshLine;
import io.millrace.stream.Refreshes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches for change between the ends of windows: gives the values of all sub-windows and the
 * alerts. Parallelism 1.
 *
 * <p>Traffic of several readers is joined until the watermark of all has passed a sub-window; a
 * student's losses are complete when they come. Both leave their operators before watermarks and
 * barriers. Where changes make new maps due, it writes beside the maps when they are built, and
 * after a failure keeps to what it has written. State of other sub-windows, fields or detectors is
 * dropped: the watch warms up anew.
 */
public final class WatchOperator extends AbstractStreamOperator<ReportLine>
    implements OneInputStreamOperator<WatchPiece, ReportLine> {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(WatchOperator.class);

  /** The side output by which readers and students tell what they have seen. */
  public static final OutputTag<WatchPiece> PIECES =
      new OutputTag<>("watched", RecordType.of(new WatchPiece.Format()));

  /** Name of this operator, in state and graph. */
  public static final String NAME = "watch";

  /** Format of its state. */
  public static final int FORMAT = 1;

  private final JobSpec job;
  private final long seed;
  private final String runDir;
  private transient MapFolder maps;
  private transient long decided;
  private transient DriftWatch watch;
  private transient Counter alerts;

  /**
   * A watch that has seen nothing.
   *
   * @param runDir run directory, where it says when maps are built
   */
  public WatchOperator(
      StreamOperatorParameters<ReportLine> parameters, JobSpec job, long seed, String runDir) {
    super(parameters);
    this.runDir = runDir;
    this.job = job;
    this.seed = seed;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    watch = new DriftWatch(job, seed, new Lines());
    Restore.read(
        context,
        NAME,
        FORMAT,
        in -> {
          if (!watch.readState(in)) {
            LOG.warn("the settings of drift have changed: its baselines are learned anew");
          }
        });
    maps = new MapFolder(Path.of(runDir).resolve(RunFiles.MAPS));
    decided = Long.MAX_VALUE;
    if (job.hash().refresh().byDrift()) {
      maps.refreshes(job.mapParts()).ifPresent(watch::adopt);
      decided = watch.refreshes().decided();
    }
  }

  /** Writes what has been decided since the last time. */
  private void decide() throws IOException {
    Refreshes refreshes = watch.refreshes();
    if (refreshes.decided() > decided) {
      maps.decide(refreshes);
      decided = refreshes.decided();
    }
  }

  @Override
  public void open() throws Exception {
    super.open();
    alerts = getMetricGroup().counter("drift_alerts_total");
  }

  /** Makes lines of what the watch tells. */
  private final class Lines implements DriftWatch.Listener {
    @Override
    public void pulse(PulseLine line) {
      emit(ReportLine.Kind.PULSE, line.stream().key(), RunFiles.pulseJson(line));
    }

    @Override
    public void alert(AlertLine line) {
      alerts.inc();
      LOG.warn("drift: {}", line.message());
      emit(ReportLine.Kind.ALERT, line.stream().key(), RunFiles.alertJson(line));
    }

    @Override
    public void refresh(RefreshLine line) {
      LOG.info("maps are built anew at {}: {}", Instant.ofEpochMilli(line.time()), line.causes());
      emit(ReportLine.Kind.REFRESH, "refresh", RunFiles.refreshJson(line));
    }

    private void emit(ReportLine.Kind kind, String key, String json) {
      output.collect(new StreamRecord<>(new ReportLine(kind, key, json)));
    }
  }

  static void send(Output<?> output, WatchPiece piece) {
    output.collect(PIECES, new StreamRecord<>(piece));
  }

  @Override
  public void processElement(StreamRecord<WatchPiece> element) throws IOException {
    WatchPiece piece = element.getValue();
    if (piece.traffic() != null) {
      watch.onTraffic(piece.traffic());
    } else if (piece.losses() != null) {
      watch.onLosses(piece.arm(), piece.losses(), piece.part());
    } else {
      watch.onComplete(piece.arm(), piece.part());
      decide();
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    watch.onWatermark(mark.getTimestamp());
    decide();
    super.processWatermark(mark);
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    RawState.write(context, NAME, FORMAT, watch::writeState);
  }
}
