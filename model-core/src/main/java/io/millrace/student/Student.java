package io.millrace.student;

import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.EventLearner;
import io.millrace.dlrm.FieldTable;
import io.millrace.event.ClickEvent;
import io.millrace.event.Warning;
import io.millrace.hash.MapVersion;
import io.millrace.metric.FrequencyBucket;
import io.millrace.metric.FrequencySketch;
import io.millrace.metric.WindowMetrics;
import io.millrace.replica.ReplicaLink;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.time.MapGrid;
import io.millrace.time.OrderedLearner;
import io.millrace.time.Sequencer;
import io.millrace.watch.BuildDecisions;
import io.millrace.watch.LossSums;
import io.millrace.watch.Losses;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Set;

/**
 * One student on the stream: predicts, is scored, learns, switches to new maps, publishes.
 *
 * <p>At a pane's end the half-filled batch is learned, the window's metrics are reported and the
 * model is published with the maps it was trained with. Then, before the first event of a later
 * pane, the maps built from the windows that have ended take over. Where maps are built within
 * panes too, they take over before the first event of a later sub-window. So a map is older than
 * the events it is used for. While it is built, at most {@code maxHeld} steps are held back; beyond
 * that the student blocks. A shadow measures what a switch costs at first, see {@link SwitchLine}.
 */
public final class Student implements OrderedLearner {

  /** Format of the state that {@link #writeState} writes. */
  public static final int FORMAT = StudentState.FORMAT;

  /** Formats that {@link #readState} can read. */
  public static final Set<Integer> READABLE = StudentState.READABLE;

  /** Where maps come from. */
  @FunctionalInterface
  public interface MapSource {
    /**
     * The map of one field that was built at the end of a sub-window; waits until it is there.
     *
     * @param spec which kind of map, see {@link ArmSpec#mapSpec}
     * @return null if none could be built; the student keeps the map it has
     */
    MapVersion await(String spec, int field, long subWindow);

    /**
     * Whether {@link #await} would return at once. If not, this call asks for the map, and {@link
     * Sequencer#resume} is called when it is there.
     */
    default boolean ready(String spec, int field, long subWindow) {
      return true;
    }
  }

  /** Receives the results of a student. */
  public interface Listener {
    /** A window's metrics. */
    void metrics(MetricLine line);

    /** What a switch of maps has cost at first. */
    default void switched(SwitchLine line) {}

    /** The losses of a sub-window. */
    default void losses(Student student, Losses losses) {}

    /** Something that the user must know, although the work goes on. */
    default void warning(Warning warning) {}

    /** What has changed in the served model, where {@link StudentUpdates updates} are emitted. */
    default void updated(ModelUpdate update) {}

    /** A model to publish; {@code student} may be read until this returns. */
    void publish(Student student, PublishCause cause);
  }

  /** Why a model is published. */
  public enum PublishCause {
    /** A window has ended. */
    WINDOW,
    /** The events, or seconds, between two versions have passed. */
    INTERVAL
  }

  private final ArmSpec spec;
  private final MapGrid grid;
  private final JobSpec job;
  private final long seed;
  final Listener listener;
  private final ClickModel model;
  private final StudentSizes sizes;
  private final StudentUpdates updates;
  final Sequencer steps;
  final EventLearner learner;
  final SwitchComparison comparison;
  final MapSwitch maps;
  final PublishSchedule schedule;
  final PublishGate gate;
  final LossSums losses;
  final StudentWarnings warnings;
  FrequencySketch sketch = new FrequencySketch();
  WindowMetrics metrics = new WindowMetrics();
  long firstEventTime = Long.MAX_VALUE;
  long lastEventTime = Long.MIN_VALUE;

  /**
   * A student that has learned nothing.
   *
   * @param source asked for the maps that are due, if the job waits for them
   * @param decisions when maps are built
   */
  public Student(
      JobSpec job,
      ArmSpec spec,
      long seed,
      MapSource source,
      BuildDecisions decisions,
      Listener listener) {
    this(job, spec, seed, source, decisions, listener, null);
  }

  /**
   * A student that has learned nothing, whose replicas may be elsewhere.
   *
   * @param links where they are, if the arm has several; null for this thread
   */
  public Student(
      JobSpec job,
      ArmSpec spec,
      long seed,
      MapSource source,
      BuildDecisions decisions,
      Listener listener,
      ReplicaLink.Maker links) {
    this.job = job;
    this.spec = spec;
    this.grid = job.mapGrid();
    this.losses = new LossSums(job.watchGrid(), one -> listener.losses(this, one));
    this.seed = seed;
    this.listener = listener;
    StudentTables tables = new StudentTables(job, spec, seed);
    this.model = tables.model();
    this.learner = tables.learner(model, this::predicted, links, this::map);
    this.comparison = new SwitchComparison(tables, model, listener::switched);
    this.maps = new MapSwitch(tables, source, decisions, model, comparison);
    this.gate = new PublishGate(tables, model, listener::warning);
    this.sizes = new StudentSizes(this);
    this.updates = new StudentUpdates(this, () -> publish(PublishCause.INTERVAL));
    this.warnings = new StudentWarnings(spec.name(), seed, listener::warning);
    this.schedule = new PublishSchedule(job.publish().everyEvents());
    int maxHeld = job.student().maxHeld();
    this.steps = new Sequencer(grid, job.student().order(), maxHeld, maxHeld, new Steps());
  }

  /** Runs each step immediately; an event waits for the maps that are due. */
  private final class Steps implements Sequencer.Learner {
    @Override
    public boolean mayLearn(ClickEvent event) {
      if (!maps.ready()) {
        return false;
      }
      return maps.areDue() ? learner.settle() : learner.prepare(event.eventTime());
    }

    @Override
    public boolean mayClose(long subWindow) {
      return !grid.endsPane(subWindow) || learner.settle();
    }

    @Override
    public void learn(ClickEvent event, boolean scored) {
      if (learner.advance(event.eventTime())) {
        endBatch();
      }
      long due = maps.takeDue();
      if (due != MapSwitch.NONE) {
        learner.flush();
        warnings.endBatch(learner.outputVariance());
        comparison.flush();
        losses.close();
        maps.switchToMapsOf(due);
        learner.rowsMoved();
      }
      int bucket = rarestBucket(event);
      updates.beforeEvent();
      firstEventTime = Math.min(firstEventTime, event.eventTime());
      lastEventTime = Math.max(lastEventTime, event.eventTime());
      int tag = scored ? bucket : -1;
      boolean learned = learner.add(event, tag);
      comparison.add(event, tag);
      if (learned) {
        endBatch();
      }
    }

    @Override
    public void closeSubWindow(long subWindow) {
      if (grid.endsPane(subWindow)) {
        endPane(grid.pane(subWindow));
      }
      maps.closed(subWindow);
    }

    @Override
    public void passWatermark(long watermark) {
      losses.onWatermark(watermark);
      if (learner.gathered() == 0) {
        losses.close();
      }
    }
  }

  @Override
  public Sequencer steps() {
    return steps;
  }

  private void predicted(ClickEvent event, int bucket, float p) {
    if (bucket >= 0) {
      metrics.add(p, event.label(), bucket);
      losses.add(event.eventTime(), p, event.label());
      gate.add(event, p);
    }
    warnings.predicted();
    comparison.predicted(event, bucket, p);
  }

  /** Between two batches: offered maps take over, and a model may be published. */
  private void endBatch() {
    warnings.endBatch(learner.outputVariance());
    losses.close(learner.gatheredFrom());
    comparison.endBatch(maps.version()).ifPresent(maps::accept);
    maps.switchToOffered();
    if (schedule.due(learner.learned())) {
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

  private void endPane(long pane) {
    learner.flush();
    warnings.endBatch(learner.outputVariance());
    warnings.endPane(job.windows().paneEnd(pane), learned(), skipped());
    warnings.order(job.windows().paneEnd(pane), steps.early(), steps.outOfOrder());
    comparison.endPane(maps.version(), metrics.events()).ifPresent(maps::accept);
    listener.metrics(sizes.metricLine(pane));
    metrics = new WindowMetrics();
    losses.close();
    if (job.decay() < 1) {
      for (FieldTable field : model.fields()) {
        if (field.index() != null) {
          field.index().decay(job.decay());
        }
      }
    }
    learner.windowEnded();
    publish(PublishCause.WINDOW);
  }

  private void publish(PublishCause cause) {
    if (!gate.passes(schedule.version() + 1, lastEventTime)) {
      schedule.refused(learner.learned());
      return;
    }
    updates.take().ifPresent(listener::updated);
    updates.versionPublished();
    schedule.next(learner.learned());
    listener.publish(this, cause);
  }

  /** Publishes the model if anything was learned since the last version. */
  public void publishIfChanged() {
    if (schedule.changed(learner.learned())) {
      publish(PublishCause.INTERVAL);
    }
  }

  /**
   * Offers a map that became known, for jobs that do not wait; it takes over at the next batch.
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
    maps.offer(field, map);
  }

  /** Latest end of a window whose map may be used for the next events, ms. */
  public long mapsUntil() {
    return steps.heldSince();
  }

  /** End of the earliest window whose map may still be asked for, ms; the maximum if live. */
  public long mapsFrom() {
    return maps.neededFrom(grid, steps.firstHeldBack(), steps.openSince());
  }

  /** From when on it no longer waits for maps. */
  public LiveFrom liveFrom() {
    return maps.live;
  }

  /** Decides what may be published. */
  public PublishGate gate() {
    return gate;
  }

  /** Trials that have ended without the new maps, since the start; for any thread. */
  public long mapsDropped() {
    return comparison.dropped();
  }

  /** Switches to new maps that were to be on trial but could not, since the start; likewise. */
  public long mapsUngated() {
    return comparison.ungated();
  }

  /** The updates of its served model. */
  public StudentUpdates updates() {
    return updates;
  }

  /** Its rows and bytes now. */
  public StudentSizes sizes() {
    return sizes;
  }

  /** Version of the newest map in use, 0 before the first. */
  public int mapVersion() {
    return maps.version();
  }

  /** The map a field uses, or null. */
  public MapVersion map(int field) {
    return maps.map(field);
  }

  /** The arm's configuration. */
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

  /**
   * Standard deviation of its network's logits within the batches of the last window; 0 if they do
   * not vary, NaN before the first window's end and without a network.
   */
  public double outputDeviation() {
    return warnings.deviation();
  }

  /** Goes on after {@link #readState}, with replicas that are elsewhere; a step would, too. */
  public void goOn() {
    learner.goOn();
    warnings.report();
  }

  /** The model. */
  public ClickModel model() {
    return model;
  }

  /** Version that is being, or was last, published; 0 before the first. */
  public long modelVersion() {
    return schedule.version();
  }

  /**
   * Lets the next version have a number beyond those that an earlier run has published, also after
   * the checkpoint from which this one goes on.
   *
   * @param newest the largest of them, 0 for none
   */
  public void continueVersionsAfter(long newest) {
    schedule.continueAfter(newest);
  }

  @Override
  public long learned() {
    return learner.learned();
  }

  @Override
  public long skipped() {
    return learner.skipped();
  }

  @Override
  public long modelBytes() {
    return model.trainingBytes();
  }

  /** Time of the oldest event learned from, ms; {@link Long#MAX_VALUE} before the first. */
  public long firstEventTime() {
    return firstEventTime;
  }

  @Override
  public long lastEventTime() {
    return lastEventTime;
  }

  @Override
  public void writeState(DataOutput out) throws IOException {
    StudentState.write(this, out);
  }

  @Override
  public void readState(int format, DataInput in) throws IOException {
    StudentState.read(this, format, in);
  }

  @Override
  public void close() {
    learner.close();
    model.close();
    comparison.close();
    gate.close();
  }
}
