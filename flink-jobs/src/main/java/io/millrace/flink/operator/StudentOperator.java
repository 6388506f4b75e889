package io.millrace.flink.operator;

import io.millrace.hash.MapVersion;
import io.millrace.metric.Metrics;
import io.millrace.runs.FileError;
import io.millrace.runs.JobMetric;
import io.millrace.runs.MapFolder;
import io.millrace.runs.ModelPublisher;
import io.millrace.runs.RunFiles;
import io.millrace.runs.StageClock;
import io.millrace.runs.line.MetricColumns;
import io.millrace.runs.line.SwitchColumns;
import io.millrace.snapshot.Origin;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.state.GatedEvent;
import io.millrace.state.ReportLine;
import io.millrace.state.WatchPiece;
import io.millrace.stream.StageTimer;
import io.millrace.student.MetricLine;
import io.millrace.student.StateFacts;
import io.millrace.student.Student;
import io.millrace.student.SwitchLine;
import io.millrace.watch.Losses;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * One arm's student: predicts, is scored, learns, changes its map, publishes. Parallelism 1, and
 * always the head of its own task.
 *
 * <p>In a replay it holds events back until the {@link MapWatcher} has found the map that is due,
 * so that barriers pass meanwhile; when it holds as many as it may, it waits by yielding its
 * mailbox. Nobody waits in a circle: when a student waits, the watermark that makes the map due has
 * left every source on all its ways, and the way of the map, and of the decision whether there is
 * one, does not lead through a student. In a live job the watcher hands in maps as they appear, but
 * none of a window that the student has not left behind itself: a builder may be ahead of it.
 *
 * <p>A version that cannot be written waits in a {@link PublishQueue} while the student learns on,
 * and leaves the files that it would have left at once. State holds the numbers of those that wait,
 * not their models: after a restart in between, the newest of them is published with the model of
 * the checkpoint, and numbers go on from there.
 */
public final class StudentOperator extends AbstractStreamOperator<ReportLine>
    implements OneInputStreamOperator<GatedEvent, ReportLine> {
  private static final long serialVersionUID = 1L;
  private static final int SLICE = 1024;

  /** Format of a student's state. */
  public static final int FORMAT = 9;

  /** That of students that asked for maps at the ends of panes alone. */
  private static final int WITHOUT_PARTS = 8;

  /** That of students without losses of sub-windows and without shadows. */
  private static final int WITHOUT_LOSSES = 5;

  /** Formats that can be read. */
  public static final Set<Integer> READABLE = Set.of(WITHOUT_LOSSES, WITHOUT_PARTS, FORMAT);

  private static final int RETRY_SECONDS = 5;

  /** What a student needs besides its job. */
  public record Options(long seed, String runDir, Duration mapTimeout, ModelPublisher publisher)
      implements java.io.Serializable {}

  private final JobSpec job;
  private final ArmSpec spec;
  private final Options options;
  private final transient MailboxExecutor mailbox;
  private transient Student arm;
  private transient Origin.ClosedWindow lastWindow;
  private transient MapFolder maps;
  private transient NavigableMap<Long, Long> mapsNeeded;
  private transient MapWatcher watcher;
  private transient RefreshDecisions refreshes;
  private transient StageClock clock;
  private transient StageClock publishing;
  private transient volatile long mapsUntil;
  private transient boolean waiting;
  private transient LongAdder nanosWaited;
  private transient PublishQueue unpublished;
  private transient ListState<Long> unpublishedVersions;
  private transient ModelCheckpoints checkpoints;
  private transient WindowGauges.Gauges gauges;
  private transient StateFacts facts;

  /** A student that has learned nothing. */
  public StudentOperator(
      StreamOperatorParameters<ReportLine> parameters, JobSpec job, ArmSpec spec, Options options) {
    super(parameters);
    this.job = job;
    this.spec = spec;
    this.options = options;
    this.mailbox = parameters.getMailboxExecutor();
  }

  /** Name of an arm's student in state and operators. */
  public static String name(ArmSpec spec) {
    return StageTimer.student(spec);
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    facts = StateFacts.ofStudent(job, spec);
    clock = new StageClock();
    publishing = new StageClock();
    refreshes =
        new RefreshDecisions(
            RefreshDecisions.Source.of(job, options.runDir(), options.mapTimeout()),
            name(spec),
            mailbox,
            this::takeUp);
    arm = new Student(job, spec, options.seed(), new DueMaps(), new Reporter());
    unpublished = new PublishQueue(name(spec), job.publish().keep(), RETRY_SECONDS);
    Restore.read(
        context,
        name(spec),
        Map.of(
            FORMAT,
            in -> {
              readWindow(in);
              arm.readState(in);
            },
            WITHOUT_PARTS,
            in -> {
              readWindow(in);
              arm.readStateWithoutParts(in);
            },
            WITHOUT_LOSSES,
            in -> {
              readWindow(in);
              arm.readStateWithoutLosses(in);
            }));
    unpublishedVersions =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("unpublished", LongSerializer.INSTANCE));
    if (unpublishedVersions.get().iterator().hasNext()) {
      unpublished.add(options.publisher().resume(arm, lastWindow));
    }
    mapsUntil = arm.mapsUntil();
    checkpoints = new ModelCheckpoints(name(spec), FORMAT);
  }

  @Override
  public void open() throws Exception {
    super.open();
    nanosWaited = new LongAdder();
    maps = new MapFolder(Path.of(options.runDir()).resolve(RunFiles.MAPS));
    mapsNeeded = new TreeMap<>();
    watcher = new MapWatcher(name(spec), maps, options.mapTimeout());
    if (spec.hash().mapped() && !job.student().waitForMaps()) {
      for (int field = 0; field < job.schema().fields().size(); field++) {
        if (job.compressed(spec, field)) {
          follow(field);
        }
      }
    }
    if (job.publish().everySeconds() > 0) {
      every(job.publish().everySeconds(), this::publishIfChanged);
    }
    every(RETRY_SECONDS, this::retry);
    getMetricGroup().gauge(JobMetric.EVENTS_LEARNED_TOTAL.key(), () -> arm.learned());
    getMetricGroup().gauge(JobMetric.EVENTS_SKIPPED_TOTAL.key(), () -> arm.skipped());
    getMetricGroup().gauge(JobMetric.MAP_VERSION.key(), () -> arm.mapVersion());
    getMetricGroup().gauge(JobMetric.MODEL_VERSION.key(), () -> arm.modelVersion());
    getMetricGroup().gauge(JobMetric.MODELS_UNPUBLISHED.key(), () -> unpublished.size());
    getMetricGroup().gauge(JobMetric.PUBLISH_FAILURES_TOTAL.key(), () -> unpublished.failures());
    getMetricGroup().gauge(JobMetric.SERVING_BYTES.key(), () -> arm.servingBytes());
    getMetricGroup()
        .gauge(JobMetric.WAITED_FOR_MAPS_SECONDS_TOTAL.key(), () -> nanosWaited.sum() / 1e9);
    getMetricGroup().gauge(JobMetric.EVENTS_HELD_BACK.key(), () -> arm.heldBack());
    checkpoints.register(getMetricGroup());
    gauges = new WindowGauges(getMetricGroup()).of("arm", spec.name());
    clock.start();
    if (arm.heldBack() > 0) {
      laterTakeUp();
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a failure in a timer fails the task
  private void every(int seconds, Runnable what) {
    getProcessingTimeService()
        .scheduleWithFixedDelay(time -> what.run(), seconds * 1000L, seconds * 1000L);
  }

  private void follow(int field) {
    watcher.follow(
        spec.mapSpec(),
        job.schema().fields().get(field).name(),
        () -> mapsUntil,
        map -> mailbox.execute(() -> arm.offer(field, map), "a new map"));
  }

  /** Writes the versions that are due, and announces them; those that cannot be written wait. */
  private void writeModels() {
    publishing.start();
    try {
      for (String json : unpublished.write()) {
        output.collect(
            new StreamRecord<>(new ReportLine(ReportLine.Kind.MODEL, spec.name(), json)));
      }
    } finally {
      publishing.stop();
    }
  }

  private void retry() {
    if (unpublished.size() > 0) {
      writeModels();
    }
  }

  private void publishIfChanged() {
    if (!waiting) {
      arm.publishIfChanged();
    }
  }

  /** Goes on with what was held back, in slices, so that barriers and events pass in between. */
  private void takeUp() {
    if (!waiting && arm.takeUp(SLICE)) {
      laterTakeUp();
    }
  }

  private void laterTakeUp() {
    mailbox.execute(this::takeUp, "what was held back until maps were there");
  }

  @Override
  public void processElement(StreamRecord<GatedEvent> element) {
    arm.onEvent(element.getValue().event(), element.getValue().late());
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    arm.onWatermark(mark.getTimestamp());
    mapsUntil = arm.mapsUntil();
    sendTimes();
    super.processWatermark(mark);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    sendTimes();
  }

  private void sendTimes() {
    Tallies.spent(output, name(spec), clock.lap());
    Tallies.spent(output, StageTimer.PUBLISHING, publishing.take());
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    unpublishedVersions.update(unpublished.versions());
    if (spec.hash().mapped() && job.student().waitForMaps()) {
      mapsNeeded.put(context.getCheckpointId(), arm.mapsFrom());
    }
  }

  /** Maps that a student asked for before the checkpoint may go, but not sooner. */
  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    super.notifyCheckpointComplete(checkpointId);
    Long from = mapsNeeded.remove(checkpointId);
    mapsNeeded.headMap(checkpointId).clear();
    if (from != null) {
      try {
        maps.need(name(spec), from);
      } catch (IOException e) {
        LOG.warn("maps that {} no longer needs stay: {}", name(spec), FileError.line(e));
      }
    }
  }

  @Override
  public OperatorSnapshotFutures snapshotState(
      long id, long time, CheckpointOptions how, CheckpointStreamFactory storage) throws Exception {
    return checkpoints.add(
        super.snapshotState(id, time, how, storage),
        this::writeState,
        arm.model().trainingBytes(),
        storage,
        getContainingTask().getCancelables());
  }

  private void writeState(DataOutput out) throws IOException {
    facts.write(out);
    out.writeBoolean(lastWindow != null);
    if (lastWindow != null) {
      Metrics metrics = lastWindow.metrics();
      out.writeLong(lastWindow.start());
      out.writeLong(lastWindow.end());
      out.writeLong(metrics.events());
      out.writeLong(metrics.positives());
      out.writeDouble(metrics.auc());
      out.writeDouble(metrics.logLoss());
      out.writeDouble(metrics.ne());
      out.writeDouble(metrics.calibration());
    }
    arm.writeState(out);
  }

  private void readWindow(DataInput in) throws IOException {
    facts.check(name(spec), in);
    if (in.readBoolean()) {
      lastWindow =
          new Origin.ClosedWindow(
              in.readLong(),
              in.readLong(),
              new Metrics(
                  in.readLong(),
                  in.readLong(),
                  in.readDouble(),
                  in.readDouble(),
                  in.readDouble(),
                  in.readDouble()));
    }
  }

  @Override
  public void finish() throws Exception {
    arm.takeUpAll();
    writeModels();
    unpublished.checkEmpty();
    super.finish();
  }

  @Override
  public void close() throws Exception {
    super.close();
    if (watcher != null) {
      watcher.close();
    }
    if (refreshes != null) {
      refreshes.close();
    }
    if (arm != null) {
      arm.close();
    }
  }

  /** The maps that are due, found by the watcher and mailed to this thread. */
  private final class DueMaps implements Student.MapSource {

    /** A map's field and the part of a pane at whose end it is built. */
    private record Key(int field, long part) {}

    private final Set<Key> asked = new HashSet<>();
    private final Map<Key, Optional<MapVersion>> found = new HashMap<>();

    @Override
    public boolean decided(long part) {
      return refreshes.decided(part);
    }

    @Override
    public boolean builds(long before, long part) {
      waiting = true;
      try {
        return refreshes.builds(before, part);
      } finally {
        waiting = false;
      }
    }

    @Override
    public boolean ready(String mapSpec, int field, long part) {
      Key key = new Key(field, part);
      if (asked.add(key)) {
        watcher.await(
            mapSpec,
            job.schema().fields().get(field).name(),
            job.mapParts().end(part),
            map -> mailbox.execute(() -> arrived(key, map), "the map that is due"),
            failure -> mailbox.execute(() -> fail(failure), "the map that is due is missing"));
      }
      return found.containsKey(key);
    }

    private void arrived(Key key, Optional<MapVersion> map) {
      found.put(key, map);
      takeUp();
    }

    private void fail(RuntimeException failure) {
      throw failure;
    }

    /** Waits; called by the student in the middle of an event or watermark. */
    @Override
    public MapVersion await(String mapSpec, int field, long part) {
      long start = System.nanoTime();
      waiting = true;
      try {
        while (!ready(mapSpec, field, part)) {
          mailbox.yield();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(name(spec) + " was interrupted while waiting for a map", e);
      } finally {
        waiting = false;
        nanosWaited.add(System.nanoTime() - start);
      }
      laterTakeUp();
      asked.removeIf(key -> key.part <= part && key.field == field);
      found.keySet().removeIf(key -> key.part < part);
      return found.remove(new Key(field, part)).orElse(null);
    }
  }

  private final class Reporter implements Student.Listener {
    @Override
    public void metrics(MetricLine line) {
      gauges.show(MetricColumns.LINE, line);
      lastWindow = new Origin.ClosedWindow(line.windowStart(), line.windowEnd(), line.overall());
      output.collect(
          new StreamRecord<>(
              new ReportLine(ReportLine.Kind.METRICS, line.arm(), MetricColumns.LINE.json(line)),
              line.windowEnd() - 1));
    }

    @Override
    public void losses(Student of, Losses losses) {
      WatchOperator.send(output, WatchPiece.of(of.spec().name(), losses));
    }

    @Override
    public void switched(SwitchLine line) {
      gauges.show(SwitchColumns.LINE, line);
      output.collect(
          new StreamRecord<>(
              new ReportLine(ReportLine.Kind.SWITCH, line.arm(), SwitchColumns.LINE.json(line))));
    }

    @Override
    public void publish(Student published, Student.PublishCause cause) {
      unpublished.add(options.publisher().prepare(published, lastWindow));
      writeModels();
    }
  }
}
