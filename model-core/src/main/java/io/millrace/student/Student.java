package io.millrace.student;

import io.millrace.dlrm.BatchLearner;
import io.millrace.dlrm.Dlrm;
import io.millrace.dlrm.FieldTable;
import io.millrace.dlrm.ModelFactory;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.ClickEvent;
import io.millrace.event.Schema;
import io.millrace.event.WindowSpec;
import io.millrace.hash.MapVersion;
import io.millrace.metric.FrequencyBucket;
import io.millrace.metric.FrequencySketch;
import io.millrace.metric.Metrics;
import io.millrace.metric.WindowMetrics;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.StudentOptions;
import io.millrace.table.FrozenState;
import io.millrace.time.Backlog;
import io.millrace.time.MapGrid;
import io.millrace.time.PaneBuffer;
import io.millrace.watch.LossSums;
import io.millrace.watch.Losses;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * One student on the stream: predicts, is scored, learns, changes its map, publishes.
 *
 * <p>At a pane's end the half-filled batch is learned, the window's metrics are handed out and the
 * model is published with the maps it was trained with. Then, before the first event of a later
 * pane, the maps built from the windows that have ended take over: rows and optimiser state move
 * warm ({@link FieldTable#switchTo}). Where maps are built within panes too, they take over before
 * the first event of a later part. A map is therefore always older than the events it is used for.
 * While it is built, what comes is held back, at most {@code maxHeld} events: only then does the
 * student stand still.
 *
 * <p>Before maps change, the student is copied: for the first events that follow, the copy keeps
 * the maps before, and learns beside it, so that what the change has cost is known ({@link
 * SwitchLine}). That is up to {@link StudentOptions#regretEvents} events, but no more than a
 * twentieth of those of the window before, rounded up to a batch, and none of the next window; maps
 * that take over meanwhile take part. So an arm takes at most a twentieth more time for it.
 */
public final class Student implements AutoCloseable {

  /** Where maps come from. */
  @FunctionalInterface
  public interface MapSource {
    /**
     * The map of one field that was built at the end of a part of a pane; waits until it is there.
     *
     * @param spec which kind of map, see {@link ArmSpec#mapSpec}
     * @return null if none could be built; the student goes on with what it has
     */
    MapVersion await(String spec, int field, long part);

    /**
     * Whether {@link #await} would return at once; if not, the map is on its way from now on, and
     * {@link #takeUp} is called when it is there.
     */
    default boolean ready(String spec, int field, long part) {
      return true;
    }

    /** Whether maps are built at the end of a part; waits until that is decided. */
    default boolean builds(long before, long part) {
      return true;
    }

    /** Whether {@link #builds} would return at once; else as with {@link #ready}. */
    default boolean decided(long part) {
      return true;
    }
  }

  /** Receives what a student has to tell. */
  public interface Listener {
    /** A window's metrics. */
    void metrics(MetricLine line);

    /** What a change of maps has cost at first. */
    default void switched(SwitchLine line) {}

    /** The losses of a sub-window. */
    default void losses(Student arm, Losses losses) {}

    /** A model to publish; {@code arm} may be read until this returns. */
    void publish(Student arm, PublishCause cause);
  }

  /** Why a model is published. */
  public enum PublishCause {
    /** A window has ended. */
    WINDOW,
    /** So many events, or seconds, since the last one. */
    INTERVAL
  }

  private static final long NONE = Long.MIN_VALUE;

  /** A shadow lives for at most this part of the events of the window before. */
  private static final int SHADOWED_PART = 20;

  private final ArmSpec spec;
  private final Schema schema;
  private final WindowSpec windows;
  private final MapGrid parts;
  private final JobSpec job;
  private final long seed;
  private final MapSource maps;
  private final Listener listener;
  private final Dlrm model;
  private final BatchLearner learner;
  private final PaneBuffer panes;
  private final Backlog backlog = new Backlog();

  /** Does what it is told at once. */
  private final PaneBuffer.Trainer now =
      new PaneBuffer.Trainer() {
        @Override
        public void learn(ClickEvent event, boolean scored) {
          learnOne(event, scored);
        }

        @Override
        public void closeSubWindow(long part) {
          endPart(part);
        }
      };

  private FrequencySketch sketch = new FrequencySketch();
  private final MapVersion[] current;
  private final Map<Integer, MapVersion> offered = new LinkedHashMap<>();
  private WindowMetrics metrics = new WindowMetrics();
  private final LossSums losses;

  /**
   * Parts at whose ends maps may have been built since the last event, each with the one before.
   */
  private final NavigableMap<Long, Long> due = new TreeMap<>();

  private long lastPart = NONE;
  private long modelVersion;
  private long publishedAt;
  private long firstEventTime = Long.MAX_VALUE;
  private long lastEventTime = Long.MIN_VALUE;
  private long eventsOfLastPane;

  /** The student with its maps before, while both are compared; usually null. */
  private Shadow shadow;

  /**
   * A student that has learned nothing.
   *
   * @param maps asked for the maps that are due, if the job waits for them
   */
  public Student(JobSpec job, ArmSpec spec, long seed, MapSource maps, Listener listener) {
    this.job = job;
    this.spec = spec;
    this.schema = job.schema();
    this.windows = job.windows();
    this.parts = job.mapGrid();
    this.losses = new LossSums(job.watchGrid());
    this.seed = seed;
    this.maps = maps;
    this.listener = listener;
    this.current = new MapVersion[schema.fields().size()];
    TrainerOptions trainer = job.student().trainer();
    StudentTables tables = new StudentTables(job, spec, seed);
    List<FieldTable> fields = new ArrayList<>();
    for (int f = 0; f < schema.fields().size(); f++) {
      fields.add(tables.create(f));
    }
    this.model = ModelFactory.dlrm("student", trainer, schema.dense().size(), fields, seed);
    this.learner =
        new BatchLearner(
            model,
            trainer.batch(),
            (event, bucket, p) -> {
              if (bucket >= 0) {
                metrics.add(p, event.label(), bucket);
                losses.add(event.eventTime(), p, event.label());
              }
              if (shadow != null) {
                shadow.predicted(event, bucket, p);
              }
            });
    this.panes =
        new PaneBuffer(
            parts,
            job.student().maxHeld(),
            new PaneBuffer.Trainer() {
              @Override
              public void learn(ClickEvent event, boolean scored) {
                learnInTurn(event, scored);
              }

              @Override
              public void closeSubWindow(long part) {
                endInTurn(part);
              }
            });
  }

  /** Takes an event. */
  public void onEvent(ClickEvent event, boolean late) {
    panes.onEvent(event, late);
  }

  /** Takes a watermark; panes that it completes are scored, published and closed. */
  public void onWatermark(long watermark) {
    panes.onWatermark(watermark);
    if (backlog.isEmpty()) {
      closeSubWindows(watermark);
    } else {
      backlog.addWatermark(watermark);
    }
  }

  private void closeSubWindows(long watermark) {
    losses.closing(watermark);
    if (learner.gathered() == 0) {
      losses.close(this::tell);
    }
  }

  private void tell(Losses part) {
    listener.losses(this, part);
  }

  private void learnInTurn(ClickEvent event, boolean scored) {
    if (backlog.isEmpty() && mapsReady()) {
      learnOne(event, scored);
      return;
    }
    backlog.add(event, scored);
    if (backlog.size() > job.student().maxHeld()) {
      backlog.next(now, this::closeSubWindows);
    }
  }

  private void endInTurn(long part) {
    if (backlog.isEmpty()) {
      endPart(part);
    } else {
      backlog.addPart(part);
    }
  }

  /** Whether it is known which maps are due, and they are there. */
  private boolean mapsReady() {
    if (due.isEmpty()) {
      return true;
    }
    if (!maps.decided(due.lastKey())) {
      return false;
    }
    long part = mapsDue();
    boolean ready = true;
    for (int f = 0; part != NONE && f < schema.fields().size(); f++) {
      ready &= !job.compressed(spec, f) || maps.ready(spec.mapSpec(), f, part);
    }
    return ready;
  }

  /** The part at whose end the maps that are due were built, or none. */
  private long mapsDue() {
    for (Map.Entry<Long, Long> entry : due.descendingMap().entrySet()) {
      if (maps.builds(entry.getValue(), entry.getKey())) {
        return entry.getKey();
      }
    }
    return NONE;
  }

  /**
   * Does some of what was held back until maps were there.
   *
   * @param most events and ends of parts
   * @return true if there is more that could be done
   */
  public boolean takeUp(int most) {
    for (int n = 0; n < most && !backlog.isEmpty() && mapsReady(); n++) {
      backlog.next(now, this::closeSubWindows);
    }
    return !backlog.isEmpty() && mapsReady();
  }

  /** Does all that was held back, and waits for the maps. */
  public void takeUpAll() {
    while (!backlog.isEmpty()) {
      backlog.next(now, this::closeSubWindows);
    }
  }

  /** Events and ends of parts that are held back until maps are there. */
  public int heldBack() {
    return backlog.size();
  }

  private void learnOne(ClickEvent event, boolean scored) {
    if (!due.isEmpty()) {
      long part = mapsDue();
      due.clear();
      if (part != NONE) {
        switchToMapsOf(part);
      }
    }
    int bucket = rarestBucket(event);
    firstEventTime = Math.min(firstEventTime, event.eventTime());
    lastEventTime = Math.max(lastEventTime, event.eventTime());
    int tag = scored ? bucket : -1;
    boolean learned = learner.add(event, tag);
    if (shadow != null) {
      shadow.add(event, tag);
    }
    if (learned) {
      endBatch();
    }
  }

  /** Between two batches: offered maps take over, and a model may be published. */
  private void endBatch() {
    losses.close(this::tell);
    if (shadow != null && shadow.taken() >= shadowedEvents()) {
      endShadow();
    }
    switchTo(offered);
    offered.clear();
    long every = job.publish().everyEvents();
    if (every > 0 && learner.learned() - publishedAt >= every) {
      publish(PublishCause.INTERVAL);
    }
  }

  private int rarestBucket(ClickEvent event) {
    int rarest = Integer.MAX_VALUE;
    for (long id : event.ids()) {
      rarest = Math.min(rarest, sketch.countAndAdd(id));
    }
    return FrequencyBucket.of(rarest);
  }

  private void endPart(long part) {
    if (parts.endsPane(part)) {
      endPane(parts.pane(part));
    }
    if (spec.hash().mapped() && job.student().waitForMaps()) {
      due.put(part, lastPart);
    }
    lastPart = part;
  }

  private void endPane(long pane) {
    learner.flush();
    if (shadow != null) {
      shadow.flush();
      endShadow();
    }
    listener.metrics(metricLine(pane));
    eventsOfLastPane = metrics.events();
    metrics = new WindowMetrics();
    losses.close(this::tell);
    if (job.decay() < 1) {
      for (FieldTable field : model.fields()) {
        if (field.index() != null) {
          field.index().decay(job.decay());
        }
      }
    }
    publish(PublishCause.WINDOW);
  }

  private void publish(PublishCause cause) {
    modelVersion++;
    publishedAt = learner.learned();
    listener.publish(this, cause);
  }

  /** Publishes what has been learned since the last time, if anything. */
  public void publishIfChanged() {
    if (learner.learned() > publishedAt) {
      publish(PublishCause.INTERVAL);
    }
  }

  /**
   * Hands in a map that became known, for jobs that do not wait; it takes over at the next batch.
   *
   * @param field position of its field in the schema
   * @throws IllegalArgumentException if its window ends after {@link #mapsUntil}
   */
  public void offer(int field, MapVersion map) {
    if (map.header().windowEnd() > mapsUntil()) {
      throw new IllegalArgumentException(
          "a map must be of a window that ended by %d but %s ends at %d"
              .formatted(mapsUntil(), map.fileName(), map.header().windowEnd()));
    }
    MapVersion known = current[field];
    if (job.compressed(spec, field) && (known == null || known.version() < map.version())) {
      offered.put(field, map);
    }
  }

  /** Latest end of a window whose map may be used for the events to come, ms. */
  public long mapsUntil() {
    return panes.openSince();
  }

  /** End of the earliest window whose map may still be asked for, ms, in a job that waits. */
  public long mapsFrom() {
    long held = backlog.firstPart();
    long first = due.isEmpty() ? held : Math.min(held, due.firstKey());
    return first == Long.MAX_VALUE ? panes.openSince() : parts.end(first);
  }

  private void switchToMapsOf(long part) {
    learner.flush();
    if (shadow != null) {
      shadow.flush();
    }
    losses.close(this::tell);
    Map<Integer, MapVersion> next = new LinkedHashMap<>();
    for (int f = 0; f < schema.fields().size(); f++) {
      if (job.compressed(spec, f)) {
        MapVersion map = maps.await(spec.mapSpec(), f, part);
        if (map != null) {
          next.put(f, map);
        }
      }
    }
    switchTo(next);
  }

  private void switchTo(Map<Integer, MapVersion> next) {
    if (next.isEmpty()) {
      return;
    }
    if (shadow == null && shadowedEvents() > 0 && shadowFits()) {
      shadow = Shadow.of(model, job, spec, seed, current);
    }
    next.forEach(
        (f, map) -> {
          model.fields().get(f).switchTo(map);
          current[f] = map;
        });
  }

  /** Events over which a change of maps is looked at; 0 for none. */
  private long shadowedEvents() {
    return Math.min(job.student().regretEvents(), eventsOfLastPane / SHADOWED_PART);
  }

  /** Whether there may be a second one of this model for a while. */
  private boolean shadowFits() {
    return model.trainingBytes() <= job.student().regretMemoryMb() * 1_000_000L;
  }

  private void endShadow() {
    if (shadow.events() > 0) {
      listener.switched(shadow.line(spec.name(), seed, mapVersion()));
    }
    shadow.close();
    shadow = null;
  }

  private MetricLine metricLine(long pane) {
    return new MetricLine(
        spec.name(),
        seed,
        windows.paneStart(pane),
        windows.paneEnd(pane),
        metrics.result(),
        byBucket(),
        rows(),
        embeddingBytes(),
        mapBytes(),
        servingBytes(),
        trainingBytes(),
        mapVersion(),
        learner.learned(),
        learner.skipped(),
        panes.early(),
        tableFigures());
  }

  private Map<String, TableFigures> tableFigures() {
    Map<String, TableFigures> figures = new LinkedHashMap<>();
    if (job.factorised() || spec.table() != ArmSpec.Table.PLAIN) {
      for (FieldTable field : model.fields()) {
        figures.put(
            schema.fields().get(field.field()).name(),
            TableFigures.of(field, spec.table(), job.factorised()));
      }
    }
    return figures;
  }

  private List<Metrics> byBucket() {
    return Arrays.stream(FrequencyBucket.values()).map(metrics::result).toList();
  }

  /** Rows over all fields, in units of a vector's length: shorter ones count as their part. */
  public long rows() {
    long floats = 0;
    for (FieldTable field : model.fields()) {
      floats += (long) field.table().rows() * field.table().rowLength();
    }
    return (floats + model.dim() - 1) / model.dim();
  }

  /** Bytes of the collapsed rows. */
  public long embeddingBytes() {
    return model.fields().stream().mapToLong(FieldTable::servingBytes).sum();
  }

  /** Bytes that lead from ids to rows: maps as serialised, and the ids of uncompressed fields. */
  public long mapBytes() {
    return model.fields().stream().mapToLong(FieldTable::mapBytes).sum();
  }

  /** Bytes that a server holds: rows, maps, MLPs. */
  public long servingBytes() {
    return embeddingBytes() + mapBytes() + model.mlpBytes();
  }

  /**
   * Bytes held to train this arm: its parameters, optimiser state and indexes, its maps with ids
   * and counts, and for mapped arms what the maps are built from: the counts (24 bytes an id, with
   * clicks 40) and, for learned and two-level ones, the teacher's rows, accumulators and index (36
   * bytes an id and its row). Without the copy that lives for a while after a change of maps.
   */
  public long trainingBytes() {
    long bytes = model.trainingBytes() + mapBytes();
    for (MapVersion map : current) {
      if (map != null) {
        long perId = 16 + 4L * map.lookups() + 24;
        if (spec.hash() == ArmSpec.Hash.TWO_LEVEL) {
          perId += 16;
        }
        if (spec.hash().valued() && job.needsTeacher()) {
          perId += 36 + 4L * job.teacher().trainer().dim();
        }
        bytes += perId * map.size();
      }
    }
    return bytes;
  }

  /** Version of the newest map in use, 0 before the first. */
  public int mapVersion() {
    return Shadow.newest(current);
  }

  /** The map a field uses, or null. */
  public MapVersion map(int field) {
    return current[field];
  }

  /** What this arm is. */
  public ArmSpec spec() {
    return spec;
  }

  /** The job it belongs to. */
  public JobSpec job() {
    return job;
  }

  /** Root seed of its initial values. */
  public long seed() {
    return seed;
  }

  /** The model. */
  public Dlrm model() {
    return model;
  }

  /** Version that is being, or was last, published; 0 before the first. */
  public long modelVersion() {
    return modelVersion;
  }

  /** Events learned from. */
  public long learned() {
    return learner.learned();
  }

  /** Events not learned from, see {@link BatchLearner#skipped}. */
  public long skipped() {
    return learner.skipped();
  }

  /** Time of the oldest event learned from, ms; {@link Long#MAX_VALUE} before the first. */
  public long firstEventTime() {
    return firstEventTime;
  }

  /** Time of the newest event learned from, ms; {@link Long#MIN_VALUE} before the first. */
  public long lastEventTime() {
    return lastEventTime;
  }

  /** Writes all that {@link #readState} needs to go on to the bit. */
  public void writeState(DataOutput out) throws IOException {
    out.writeInt(due.size());
    for (Map.Entry<Long, Long> entry : due.entrySet()) {
      out.writeLong(entry.getKey());
      out.writeLong(entry.getValue());
    }
    out.writeLong(lastPart);
    out.writeLong(modelVersion);
    out.writeLong(publishedAt);
    out.writeLong(firstEventTime);
    out.writeLong(lastEventTime);
    panes.writeState(out);
    backlog.writeState(out);
    for (int f = 0; f < current.length; f++) {
      writeMap(current[f], out);
      writeMap(offered.get(f), out);
    }
    learner.writeState(out);
    metrics.writeTo(out);
    losses.writeState(out);
    sketch.writeTo(out);
    out.writeLong(eventsOfLastPane);
    out.writeBoolean(shadow != null);
    if (shadow != null) {
      for (MapVersion map : shadow.maps()) {
        writeMap(map, out);
      }
      shadow.writeState(out);
    }
  }

  private static void writeMap(MapVersion map, DataOutput out) throws IOException {
    if (map == null) {
      out.writeInt(-1);
    } else {
      FrozenState.writeLater(out, later -> writeBytes(map, later));
    }
  }

  private static void writeBytes(MapVersion map, DataOutput out) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    map.writeTo(bytes);
    out.writeInt(bytes.size());
    out.write(bytes.toByteArray());
  }

  private static MapVersion readMap(DataInput in) throws IOException {
    int length = in.readInt();
    if (length < 0) {
      return null;
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return MapVersion.readFrom(new ByteArrayInputStream(bytes), "state");
  }

  /** Layouts of a state that can be read. */
  private enum Layout {
    WITHOUT_LOSSES,
    WITHOUT_PARTS,
    WHOLE
  }

  /** Reads what {@link #writeState} wrote for the same job and arm. */
  public void readState(DataInput in) throws IOException {
    readState(in, Layout.WHOLE);
  }

  /** Reads what an earlier version wrote, which built maps at the ends of panes alone. */
  public void readStateWithoutParts(DataInput in) throws IOException {
    readState(in, Layout.WITHOUT_PARTS);
  }

  /**
   * Reads what a yet earlier version wrote, which kept no losses of sub-windows and no shadow:
   * those of the open sub-windows and of the window's change of maps are left out.
   */
  public void readStateWithoutLosses(DataInput in) throws IOException {
    readState(in, Layout.WITHOUT_LOSSES);
  }

  private void readDue(DataInput in, Layout layout) throws IOException {
    due.clear();
    if (layout != Layout.WHOLE) {
      long pane = in.readLong();
      if (pane != NONE) {
        due.put(pane, NONE);
      }
      return;
    }
    for (int n = in.readInt(); n > 0; n--) {
      due.put(in.readLong(), in.readLong());
    }
    lastPart = in.readLong();
  }

  private void readState(DataInput in, Layout layout) throws IOException {
    boolean withLosses = layout != Layout.WITHOUT_LOSSES;
    readDue(in, layout);
    modelVersion = in.readLong();
    publishedAt = in.readLong();
    firstEventTime = in.readLong();
    lastEventTime = in.readLong();
    panes.readState(in);
    backlog.readState(in, withLosses);
    for (int f = 0; f < current.length; f++) {
      current[f] = readMap(in);
      MapVersion waiting = readMap(in);
      if (waiting != null) {
        offered.put(f, waiting);
      }
      if (current[f] != null) {
        model.fields().get(f).restoreHash(current[f].toHash());
      }
    }
    learner.readState(in);
    metrics = WindowMetrics.readFrom(in);
    if (withLosses) {
      losses.readState(in);
    }
    sketch = FrequencySketch.readFrom(in);
    eventsOfLastPane = withLosses ? in.readLong() : 0;
    if (withLosses && in.readBoolean()) {
      MapVersion[] before = new MapVersion[current.length];
      for (int f = 0; f < before.length; f++) {
        before[f] = readMap(in);
      }
      shadow = Shadow.read(in, job, spec, seed, before);
    }
  }

  @Override
  public void close() {
    model.close();
    if (shadow != null) {
      shadow.close();
    }
  }
}
