package io.millrace.flink.operator;

import io.millrace.flink.store.Stores;
import io.millrace.maps.MapBuilder;
import io.millrace.runs.JobMetric;
import io.millrace.runs.MapFolder;
import io.millrace.runs.MapStore;
import io.millrace.runs.MetricName;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.DriftColumns;
import io.millrace.spec.JobSpec;
import io.millrace.state.BytePieces;
import io.millrace.state.MapPiece;
import io.millrace.state.RecordSerializer;
import io.millrace.state.ReportLine;
import io.millrace.stream.StageTimer;
import it.unimi.dsi.fastutil.ints.Int2ObjectMap;
import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.function.ThrowingRunnable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds maps and measures drift, keyed by the number of the field.
 *
 * <p>Keyed state collects the id counts and teacher values of a sub-window. A timer at its end
 * makes the sub-window due. Another thread then builds the maps, while records and barriers pass,
 * and returns the result as a mail. Until then the pieces, the due sub-window and the builder's
 * previous state stay in state, so that a restart repeats the build. Builds of a field run in
 * order.
 */
public final class MapOperator extends AbstractStreamOperator<ReportLine>
    implements OneInputStreamOperator<MapPiece, ReportLine>,
        Triggerable<Integer, Long>,
        BoundedOneInput {
  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(MapOperator.class);
  private static final ListStateDescriptor<MapPiece> PIECES =
      new ListStateDescriptor<>("pieces", new RecordSerializer<>(new MapPiece.Format()));
  private static final String DUE = "due";

  private final JobSpec job;
  private final long seed;
  private final String runDir;
  private final transient MailboxExecutor mailbox;
  private transient MapStore store;
  private transient ListState<Long> due;
  private transient MapState<Integer, byte[]> stored;
  private transient InternalTimerService<Long> timers;
  private transient Int2ObjectMap<MapBuilder> builders;
  private transient BuildQueues queues;
  private transient ExecutorService executor;
  private transient boolean restored;
  private transient Counter built;
  private transient WindowGauges gauges;
  private transient volatile long lastBuildNanos;

  /**
   * An operator that has built no maps.
   *
   * @param runDir run directory, which the students see too
   */
  public MapOperator(
      StreamOperatorParameters<ReportLine> parameters, JobSpec job, long seed, String runDir) {
    super(parameters);
    this.job = job;
    this.seed = seed;
    this.runDir = runDir;
    this.mailbox = parameters.getMailboxExecutor();
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    restored = context.isRestored();
  }

  @Override
  public void open() throws Exception {
    super.open();
    store = new MapStore(new MapFolder(Stores.folderOf(runDir, RunFiles.MAPS)), job, true);
    due = getPartitionedState(new ListStateDescriptor<>(DUE, LongSerializer.INSTANCE));
    stored =
        getPartitionedState(
            new MapStateDescriptor<>(
                "builder", IntSerializer.INSTANCE, BytePrimitiveArraySerializer.INSTANCE));
    timers = getInternalTimerService("panes", LongSerializer.INSTANCE, this);
    builders = new Int2ObjectOpenHashMap<>();
    queues = new BuildQueues();
    executor =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "millrace-maps");
              thread.setDaemon(true);
              return thread;
            });
    built = getMetricGroup().counter(JobMetric.MAPS_BUILT_TOTAL.key());
    getMetricGroup()
        .gauge(JobMetric.LAST_BUILD_SECONDS.key(), () -> MetricName.secondsOfNanos(lastBuildNanos));
    getMetricGroup().gauge(JobMetric.BUILDS_PENDING.key(), queues::pending);
    gauges = new WindowGauges(getMetricGroup());
    if (restored) {
      removeDropped();
      resume();
    }
  }

  /** Removes the state of columns that the job does not have any more. */
  private void removeDropped() throws Exception {
    for (int number : job.dropped()) {
      if (Restore.isOwn(number, getRuntimeContext().getTaskInfo())) {
        setCurrentKey(number);
        Iterable<Long> subWindows = due.get(); // null for none
        for (long subWindow : subWindows == null ? List.<Long>of() : subWindows) {
          pieces(subWindow).clear();
        }
        due.clear();
        stored.clear();
      }
    }
  }

  /** Starts the builds that were due at the checkpoint. */
  private void resume() throws Exception {
    List<Integer> fields;
    try (var keys = this.<Integer>getKeyedStateBackend().getKeys(DUE, VoidNamespace.INSTANCE)) {
      fields = keys.toList();
    }
    for (int field : fields) {
      setCurrentKey(field);
      for (long subWindow : due.get()) {
        queues.add(field, subWindow);
      }
      startNext(field);
    }
  }

  @Override
  public void processElement(StreamRecord<MapPiece> element) throws Exception {
    MapPiece piece = element.getValue();
    pieces(piece.subWindow()).add(piece);
    timers.registerEventTimeTimer(piece.subWindow(), job.mapGrid().end(piece.subWindow()) - 1);
  }

  private ListState<MapPiece> pieces(long subWindow) throws Exception {
    return getPartitionedState(subWindow, LongSerializer.INSTANCE, PIECES);
  }

  @Override
  public void onEventTime(InternalTimer<Integer, Long> timer) throws Exception {
    if (job.dropped().contains(timer.getKey())) {
      pieces(timer.getNamespace()).clear();
      return;
    }
    due.add(timer.getNamespace());
    queues.add(timer.getKey(), timer.getNamespace());
    startNext(timer.getKey());
  }

  @Override
  public void onProcessingTime(InternalTimer<Integer, Long> timer) {
    throw new IllegalStateException("maps use no timers of processing time");
  }

  private void startNext(int field) throws Exception {
    OptionalLong next = queues.start(field);
    if (next.isPresent()) {
      setCurrentKey(field);
      long subWindow = next.getAsLong();
      List<MapPiece> pieces = new ArrayList<>();
      pieces(subWindow).get().forEach(pieces::add);
      MapBuilder builder = builder(field);
      executor.execute(() -> build(field, subWindow, builder, pieces));
    }
  }

  private MapBuilder builder(int field) throws Exception {
    MapBuilder builder = builders.get(field);
    if (builder == null) {
      builder = new MapBuilder(job, job.schema().fieldOf(field), seed);
      InputStream bytes = BytePieces.read(stored);
      if (bytes != null) {
        builder.readState(new DataInputStream(new BufferedInputStream(bytes)));
      }
      builders.put(field, builder);
    }
    return builder;
  }

  /** On the builder's thread: builds, and returns the result as a mail. */
  private void build(int field, long subWindow, MapBuilder builder, List<MapPiece> pieces) {
    int position = job.schema().fieldOf(field);
    try {
      MapBuild result = MapBuild.run(job, store, position, subWindow, builder, pieces);
      mail(() -> done(field, subWindow, result), "map of a field");
    } catch (Exception | Error e) {
      String name = job.schema().fields().get(position).name();
      mail(
          () -> {
            throw new IllegalStateException(
                "the map of field " + name + " cannot be built: " + e.getMessage(), e);
          },
          "map of a field failed");
    }
  }

  /** A task that has ended, such as one that is restarted, takes no mail: its build is repeated. */
  private void mail(ThrowingRunnable<? extends Exception> mail, String what) {
    try {
      mailbox.execute(mail, what);
    } catch (RejectedExecutionException e) {
      LOG.debug("a task of map builders has ended: {}", what, e);
    }
  }

  private void done(int field, long subWindow, MapBuild result) throws Exception {
    setCurrentKey(field);
    result.builder().store(stored);
    pieces(subWindow).clear();
    due.update(queues.done(field));
    built.inc();
    lastBuildNanos = result.wallNanos();
    result
        .drift()
        .ifPresent(drift -> gauges.of("field", drift.field()).show(DriftColumns.LINE, drift));
    for (ReportLine line : result.lines()) {
      output.collect(new StreamRecord<>(line));
    }
    TotalsOutput.spent(output, StageTimer.MAPS, result.cpuNanos());
    startNext(field);
  }

  @Override
  public void endInput() throws Exception {
    while (queues.pending() > 0) {
      mailbox.yield();
    }
  }

  @Override
  public void close() throws Exception {
    super.close();
    if (executor != null) {
      executor.shutdownNow();
    }
  }
}
