package io.millrace.flink.operator;

import io.millrace.event.Warning;
import io.millrace.runs.JobMetric;
import io.millrace.runs.ModelPublisher;
import io.millrace.runs.line.MetricColumns;
import io.millrace.runs.line.SwitchColumns;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.state.ReportLine;
import io.millrace.state.WatchPiece;
import io.millrace.stream.StageTimer;
import io.millrace.student.FormerStudent;
import io.millrace.student.MetricLine;
import io.millrace.student.OneClassWindows;
import io.millrace.student.PublishGate;
import io.millrace.student.StateFacts;
import io.millrace.student.Student;
import io.millrace.student.StudentUpdates;
import io.millrace.student.SwitchLine;
import io.millrace.watch.Losses;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * One arm's student: predicts, is scored, learns, switches to new maps, publishes. Parallelism 1,
 * and always the first operator of its task.
 *
 * <p>In a replay it holds events back until the {@link MapWatcher} has found the map that is due,
 * so that barriers pass meanwhile. When it holds as many events as it may, it blocks and yields to
 * its mailbox. There is no circle of waiting: when a student blocks, every source has sent the
 * watermark that makes the map due to all its receivers, and neither the map nor the decision about
 * it passes through a student. In a live job the watcher offers new maps, but none of a window that
 * the student has not completed itself, as a builder may be ahead of it. A job may go over from the
 * one to the other: the watcher then finds from when on.
 *
 * <p>A student with several replicas deals its events to them ({@link StudentReplicas}), and holds
 * events back in the same way until what they have changed is there.
 */
public final class StudentOperator extends LearnerOperator<Student, ReportLine> {
  private static final long serialVersionUID = 1L;

  private static final String PREFIX = "student-";

  /** Formats of the state that can be read. */
  public static final Set<Integer> READABLE = Student.READABLE;

  /**
   * What a student needs besides its job.
   *
   * @param seed root seed of the job
   * @param runDir run directory, which the map builders see too
   * @param mapTimeout how long to wait for a map, or for a decision about maps
   * @param publisher publishes the student's models
   * @param updates time between two updates of the served model; zero for none
   * @param changes where changes of its replicas come back, if it has several
   */
  public record Options(
      long seed,
      String runDir,
      Duration mapTimeout,
      ModelPublisher publisher,
      Duration updates,
      StudentReplicas.Place changes)
      implements java.io.Serializable {}

  private final JobSpec job;
  private final ArmSpec spec;
  private final Options options;
  private transient StudentReplicas replicas;
  private transient StudentMaps maps;
  private transient StudentPublishing publishing;
  private transient StudentUpdating updating;
  private transient volatile long mapsUntil;
  private transient boolean live;
  private transient WindowGauges.Gauges gauges;
  private transient OneClassWindows oneClass;

  /** A student that has learned nothing. */
  public StudentOperator(
      StreamOperatorParameters<ReportLine> parameters, JobSpec job, ArmSpec spec, Options options) {
    super(
        parameters,
        name(spec),
        StageTimer.student(spec),
        Student.FORMAT,
        READABLE,
        RefreshDecisions.Source.of(job, options.runDir(), options.mapTimeout()),
        job.watchGrid());
    this.job = job;
    this.spec = spec;
    this.options = options;
  }

  /** Name of an arm's student in state and operators. */
  public static String name(ArmSpec spec) {
    return StageTimer.student(spec);
  }

  /** Names of the arms whose students are among the names of objects in state. */
  public static List<String> arms(Collection<String> names) {
    return names.stream()
        .filter(name -> name.startsWith(PREFIX))
        .map(name -> name.substring(PREFIX.length()))
        .toList();
  }

  @Override
  StateFacts facts() {
    return StateFacts.ofStudent(job, spec);
  }

  @Override
  Student create() {
    maps = new StudentMaps(job, spec, name(spec), options, resumer);
    publishing =
        new StudentPublishing(
            name(spec),
            job.publish().keep(),
            options.publisher(),
            json -> emit(ReportLine.Kind.MODEL, json));
    if (spec.replicas() > 1) {
      replicas =
          new StudentReplicas(options.changes(), spec.replicas(), name(spec), output, resumer);
    }
    return new Student(
        job,
        spec,
        options.seed(),
        maps,
        refreshes,
        new Reporter(),
        replicas == null ? null : replicas::link);
  }

  @Override
  void readFormer(JobSpec former, int format, DataInput in) throws IOException {
    FormerStudent.read(learner, former, format, in);
  }

  @Override
  void writeAhead(DataOutput out) throws IOException {
    publishing.writeWindow(out);
  }

  @Override
  void readAhead(int format, DataInput in) throws IOException {
    publishing.readWindow(in);
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    publishing.restore(context, learner);
    updating = new StudentUpdating(learner, output);
    updating.restore(context);
    mapsUntil = learner.mapsUntil();
  }

  @Override
  public void open() throws Exception {
    super.open();
    if (replicas != null) {
      replicas.start(getMetricGroup());
      every(StudentReplicas.LOOK, replicas::logMissing);
    }
    resumer.arrived(learner::goOn, "it goes on");
    if (!learner.liveFrom().known()) {
      maps.awaitLive(this::liveFrom);
    }
    if (updatesOrSeconds()) {
      continueVersions();
    }
    goLiveIfDue();
    boolean updates = startUpdates();
    int everySeconds = job.publish().everySeconds(updates);
    if (everySeconds > 0) {
      every(Duration.ofSeconds(everySeconds), this::publishIfChanged);
    }
    every(Duration.ofSeconds(StudentPublishing.RETRY_SECONDS), publishing::write);
    getMetricGroup().gauge(JobMetric.MAP_VERSION.key(), () -> learner.mapVersion());
    getMetricGroup().gauge(JobMetric.WAITS_FOR_MAPS.key(), () -> learner.liveFrom().live() ? 0 : 1);
    getMetricGroup().gauge(JobMetric.MODEL_VERSION.key(), () -> learner.modelVersion());
    getMetricGroup().gauge(JobMetric.MODELS_UNPUBLISHED.key(), () -> publishing.waiting());
    getMetricGroup().gauge(JobMetric.PUBLISH_FAILURES_TOTAL.key(), () -> publishing.failures());
    getMetricGroup().gauge(JobMetric.MAPS_DROPPED_TOTAL.key(), () -> learner.mapsDropped());
    getMetricGroup().gauge(JobMetric.MAPS_UNGATED_TOTAL.key(), () -> learner.mapsUngated());
    showRefused(JobMetric.PUBLISHES_REFUSED_TOTAL.key());
    getMetricGroup().gauge(JobMetric.OUTPUT_DEVIATION.key(), () -> learner.outputDeviation());
    getMetricGroup().gauge(JobMetric.SERVING_BYTES.key(), () -> learner.sizes().servingBytes());
    getMetricGroup()
        .gauge(JobMetric.WAITED_FOR_MAPS_SECONDS_TOTAL.key(), () -> maps.secondsWaited());
    oneClass = new OneClassWindows(job.schema().label().column());
    gauges = new WindowGauges(getMetricGroup()).of("arm", spec.name());
  }

  /** Whether versions depend on when it runs; if not, a restart publishes the same ones again. */
  private boolean updatesOrSeconds() {
    return !options.updates().isZero() || job.publish().everySeconds() > 0;
  }

  /** What was published after the checkpoint keeps its number: answers have named it. */
  private void continueVersions() {
    try {
      learner.continueVersionsAfter(options.publisher().newest(learner));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void liveFrom(long end) {
    learner.liveFrom().set(end);
    goLiveIfDue();
  }

  /** From when on the student does not wait for maps, new ones are offered, at any time. */
  private void goLiveIfDue() {
    if (!live && learner.liveFrom().live()) {
      live = true;
      maps.follow(() -> mapsUntil, (map, field) -> learner.offer(field, map));
      continueVersions();
    }
  }

  private void showRefused(String name) {
    getMetricGroup().gauge(name, () -> learner.gate().refused());
    for (PublishGate.Reason reason : PublishGate.Reason.values()) {
      getMetricGroup()
          .addGroup("reason", reason.key())
          .gauge(name, () -> learner.gate().refused(reason));
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a failure in a timer fails the task
  private void every(Duration interval, Runnable what) {
    getProcessingTimeService()
        .scheduleWithFixedDelay(time -> what.run(), interval.toMillis(), interval.toMillis());
  }

  /** Whether updates are emitted: if they are asked for, and the arm's rows can be updated. */
  private boolean startUpdates() throws IOException {
    if (options.updates().isZero()) {
      return false;
    }
    if (!StudentUpdates.possible(spec)) {
      output.collect(new StreamRecord<>(ReportLines.warning(StudentUpdating.impossible(spec))));
      return false;
    }
    updating.start(
        getProcessingTimeService().getCurrentProcessingTime(),
        options.publisher().newestEpoch(learner),
        getMetricGroup());
    // A restored student publishes at once.
    var unused =
        getProcessingTimeService()
            .registerTimer(
                getProcessingTimeService().getCurrentProcessingTime(), time -> emitUpdate());
    every(options.updates(), this::emitUpdate);
    return true;
  }

  /** Does nothing if the student is blocked in the middle of an event; the next timer emits. */
  private void emitUpdate() {
    if (!resumer.waiting()) {
      updating.emit(getProcessingTimeService().getCurrentProcessingTime());
    }
  }

  /** Does nothing if the student is blocked in the middle of an event; the next timer publishes. */
  private void publishIfChanged() {
    if (!resumer.waiting()) {
      learner.publishIfChanged();
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    super.processWatermark(mark);
    mapsUntil = learner.mapsUntil();
    goLiveIfDue();
    forward(mark);
  }

  @Override
  void emitTimes() {
    super.emitTimes();
    TotalsOutput.spent(
        output, StageTimer.PUBLISHING, publishing.takeNanos() + updating.takeNanos());
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    publishing.snapshot();
    updating.snapshot();
    maps.snapshot(context.getCheckpointId(), learner.mapsFrom());
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    super.notifyCheckpointComplete(checkpointId);
    maps.complete(checkpointId);
  }

  @Override
  public void finish() throws Exception {
    super.finish();
    publishing.finish();
  }

  @Override
  public void close() throws Exception {
    try {
      if (maps != null) {
        maps.close();
      }
      if (replicas != null) {
        replicas.close();
      }
    } finally {
      super.close();
    }
  }

  private void emit(ReportLine.Kind kind, String json) {
    output.collect(new StreamRecord<>(new ReportLine(kind, spec.name(), json)));
  }

  /** Emits what the student reports. */
  private final class Reporter implements Student.Listener {
    @Override
    public void metrics(MetricLine line) {
      gauges.show(MetricColumns.LINE, line);
      publishing.windowClosed(line);
      output.collect(
          new StreamRecord<>(
              new ReportLine(ReportLine.Kind.METRICS, line.arm(), MetricColumns.LINE.json(line)),
              line.windowEnd() - 1));
      if (spec.name().equals(job.arms().get(0).name())) {
        oneClass
            .add(line)
            .ifPresent(w -> output.collect(new StreamRecord<>(ReportLines.warning(w))));
      }
    }

    @Override
    public void losses(Student of, Losses losses) {
      WatchOperator.emit(output, WatchPiece.of(of.spec().name(), losses));
    }

    @Override
    public void switched(SwitchLine line) {
      gauges.show(SwitchColumns.LINE, line);
      emit(ReportLine.Kind.SWITCH, SwitchColumns.LINE.json(line));
    }

    @Override
    public void warning(Warning warning) {
      output.collect(new StreamRecord<>(ReportLines.warning(warning)));
    }

    @Override
    public void updated(ModelUpdate update) {
      updating.send(update);
    }

    @Override
    public void publish(Student published, Student.PublishCause cause) {
      publishing.publish(published);
    }
  }
}
