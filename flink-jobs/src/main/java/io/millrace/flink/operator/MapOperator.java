package io.millrace.flink.operator;

import io.millrace.counts.CountTable;
import io.millrace.hash.MapVersion;
import io.millrace.maps.DriftLine;
import io.millrace.maps.MapBuilder;
import io.millrace.maps.TeacherValues;
import io.millrace.runs.JobMetric;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.runs.StageClock;
import io.millrace.runs.line.DriftColumns;
import io.millrace.spec.JobSpec;
import io.millrace.state.BytePieces;
import io.millrace.state.MapPiece;
import io.millrace.state.RecordSerializer;
import io.millrace.state.ReportLine;
import io.millrace.stream.StageTimer;
import it.unimi.dsi.fastutil.ints.Int2ObjectMap;
import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.ints.IntOpenHashSet;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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

/**
 * Maps and drift, keyed by field.
 *
 * <p>Counts and teacher values at the end of a pane, or of a part of one, are collected in keyed
 * state. A timer at that end makes the part due; the map is then built on another thread, while
 * events and barriers pass, and the result comes back as a mail. Until then the pieces, the due
 * part and the builder as it was stay in state, so that a restart builds again. Parts of a field
 * are built in order.
 */
public final class MapOperator extends AbstractStreamOperator<ReportLine>
    implements OneInputStreamOperator<MapPiece, ReportLine>,
        Triggerable<Integer, Long>,
        BoundedOneInput {
  private static final long serialVersionUID = 1L;

  private static final ListStateDescriptor<MapPiece> PIECES =
      new ListStateDescriptor<>("pieces", new RecordSerializer<>(new MapPiece.Format()));
  private static final String DUE = "due";

  private final JobSpec job;
  private final long seed;
  private final String runDir;
  private final transient MailboxExecutor mailbox;
  private transient MapFolder folder;
  private transient ListState<Long> due;
  private transient MapState<Integer, byte[]> stored;
  private transient InternalTimerService<Long> timers;
  private transient Int2ObjectMap<MapBuilder> builders;
  private transient Int2ObjectMap<ArrayDeque<Long>> queues;
  private transient IntOpenHashSet running;
  private transient ExecutorService executor;
  private transient boolean restored;
  private transient Counter built;
  private transient WindowGauges gauges;
  private transient volatile double lastBuildSeconds;

  /**
   * Maps of no window yet.
   *
   * @param runDir run directory, on a file system that the students see
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
    folder = new MapFolder(Path.of(runDir).resolve(RunFiles.MAPS));
    due = getPartitionedState(new ListStateDescriptor<>(DUE, LongSerializer.INSTANCE));
    stored =
        getPartitionedState(
            new MapStateDescriptor<>(
                "builder", IntSerializer.INSTANCE, BytePrimitiveArraySerializer.INSTANCE));
    timers = getInternalTimerService("panes", LongSerializer.INSTANCE, this);
    builders = new Int2ObjectOpenHashMap<>();
    queues = new Int2ObjectOpenHashMap<>();
    running = new IntOpenHashSet();
    executor =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "millrace-maps");
              thread.setDaemon(true);
              return thread;
            });
    built = getMetricGroup().counter(JobMetric.MAPS_BUILT_TOTAL.key());
    getMetricGroup().gauge(JobMetric.LAST_BUILD_SECONDS.key(), () -> lastBuildSeconds);
    getMetricGroup().gauge(JobMetric.BUILDS_PENDING.key(), this::pending);
    gauges = new WindowGauges(getMetricGroup());
    if (restored) {
      resume();
    }
  }

  private int pending() {
    return queues.values().stream().mapToInt(ArrayDeque::size).sum() + running.size();
  }

  /** Takes up the parts that were due when the checkpoint was taken. */
  private void resume() throws Exception {
    List<Integer> fields;
    try (var keys = this.<Integer>getKeyedStateBackend().getKeys(DUE, VoidNamespace.INSTANCE)) {
      fields = keys.toList();
    }
    for (int field : fields) {
      setCurrentKey(field);
      for (long part : due.get()) {
        queue(field).add(part);
      }
      startNext(field);
    }
  }

  private ArrayDeque<Long> queue(int field) {
    return queues.computeIfAbsent(field, f -> new ArrayDeque<>());
  }

  @Override
  public void processElement(StreamRecord<MapPiece> element) throws Exception {
    MapPiece piece = element.getValue();
    pieces(piece.part()).add(piece);
    timers.registerEventTimeTimer(piece.part(), job.mapParts().end(piece.part()) - 1);
  }

  private ListState<MapPiece> pieces(long part) throws Exception {
    return getPartitionedState(part, LongSerializer.INSTANCE, PIECES);
  }

  @Override
  public void onEventTime(InternalTimer<Integer, Long> timer) throws Exception {
    due.add(timer.getNamespace());
    queue(timer.getKey()).add(timer.getNamespace());
    startNext(timer.getKey());
  }

  @Override
  public void onProcessingTime(InternalTimer<Integer, Long> timer) {
    throw new IllegalStateException("maps know no processing time");
  }

  private void startNext(int field) throws Exception {
    if (running.contains(field) || queue(field).isEmpty()) {
      return;
    }
    setCurrentKey(field);
    long part = queue(field).remove();
    List<MapPiece> pieces = new ArrayList<>();
    pieces(part).get().forEach(pieces::add);
    MapBuilder builder = builder(field);
    running.add(field);
    executor.execute(() -> build(field, part, builder, pieces));
  }

  private MapBuilder builder(int field) throws Exception {
    MapBuilder builder = builders.get(field);
    if (builder == null) {
      builder = new MapBuilder(job, field, seed);
      InputStream bytes = BytePieces.read(stored);
      if (bytes != null) {
        builder.readState(new DataInputStream(new BufferedInputStream(bytes)));
      }
      builders.put(field, builder);
    }
    return builder;
  }

  /** What comes back from the other thread. */
  private record Built(
      BytePieces builder, List<ReportLine> lines, MapBuilder.Result result, long nanos) {}

  /** On the other thread: builds, writes files, and mails the rest back. */
  private void build(int field, long part, MapBuilder builder, List<MapPiece> pieces) {
    try {
      long start = System.nanoTime();
      StageClock clock = new StageClock();
      clock.start();
      MapBuilder.Result built = build(part, builder, pieces);
      List<ReportLine> lines = store(field, builder, built);
      BytePieces bytes = new BytePieces();
      DataOutputStream out = new DataOutputStream(new BufferedOutputStream(bytes));
      builder.writeState(out);
      out.flush();
      clock.stop();
      lastBuildSeconds = (System.nanoTime() - start) / 1e9;
      Built result = new Built(bytes, lines, built, clock.take());
      mailbox.execute(() -> done(field, part, result), "map of a field");
    } catch (Exception | Error e) {
      String name = name(field);
      mailbox.execute(
          () -> {
            throw new IllegalStateException(
                "the map of field " + name + " cannot be built: " + e.getMessage(), e);
          },
          "map of a field failed");
    }
  }

  private static MapBuilder.Result build(long part, MapBuilder builder, List<MapPiece> pieces) {
    List<CountTable> counts = new ArrayList<>();
    TeacherValues teacher = null;
    TeacherValues second = null;
    for (MapPiece piece : pieces) {
      switch (piece.kind()) {
        case COUNTS -> counts.add(piece.counts());
        case TEACHER -> teacher = piece.values();
        case SECOND_TEACHER -> second = piece.values();
      }
    }
    boolean builds = pieces.get(0).builds();
    return builder.build(part, builds, CountTable.merge(counts), teacher, second);
  }

  private List<ReportLine> store(int field, MapBuilder builder, MapBuilder.Result result)
      throws IOException {
    List<ReportLine> lines = new ArrayList<>();
    for (MapVersion map : result.maps()) {
      Optional<MapVersion> kept = folder.store(map);
      folder.prune(map, job.publish().keepMaps(), neededFrom(map.header().spec()));
      if (kept.isPresent()) {
        builder.adopt(kept.get());
        lines.add(announce(kept.get(), result.inputs()));
      }
    }
    for (String spec : result.without()) {
      folder.skip(spec, name(field), result.end()).ifPresent(builder::adopt);
    }
    if (result.drift() != null) {
      lines.add(
          new ReportLine(
              ReportLine.Kind.DRIFT, name(field), DriftColumns.LINE.json(result.drift())));
    }
    return lines;
  }

  private String name(int field) {
    return job.schema().fields().get(field).name();
  }

  /** Students of a replay may be behind, and after a restart behind what they have said. */
  private long neededFrom(String spec) throws IOException {
    if (!job.student().waitForMaps()) {
      return Long.MAX_VALUE;
    }
    return folder.neededFrom(
        job.arms().stream()
            .filter(arm -> arm.hash().mapped() && arm.mapSpec().equals(spec))
            .map(StudentOperator::name)
            .toList());
  }

  private ReportLine announce(MapVersion kept, List<MapBuilder.Input> inputs) throws IOException {
    String spec = kept.header().spec();
    if (job.hash().dumpInputs()) {
      for (MapBuilder.Input input : inputs) {
        if (input.spec().equals(spec)) {
          folder.dump(kept, input);
        }
      }
    }
    String path =
        RunFiles.MAPS + "/" + MapFolder.folder(spec, kept.field()) + "/" + kept.fileName();
    return new ReportLine(
        ReportLine.Kind.MAP, spec + "/" + kept.field(), RunFiles.mapJson(kept, path));
  }

  private void done(int field, long part, Built result) throws Exception {
    setCurrentKey(field);
    result.builder().store(stored);
    pieces(part).clear();
    due.update(List.copyOf(queue(field)));
    running.remove(field);
    built.inc();
    if (result.result().drift() != null) {
      DriftLine drift = result.result().drift();
      gauges.of("field", drift.field()).show(DriftColumns.LINE, drift);
    }
    for (ReportLine line : result.lines()) {
      output.collect(new StreamRecord<>(line));
    }
    Tallies.spent(output, StageTimer.MAPS, result.nanos());
    startNext(field);
  }

  @Override
  public void endInput() throws Exception {
    while (pending() > 0) {
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
