package io.millrace.teacher;

import io.millrace.dlrm.BatchLearner;
import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.FieldTable;
import io.millrace.dlrm.ModelFactory;
import io.millrace.dlrm.StateCopy;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.dlrm.Transplant;
import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.EventHash;
import io.millrace.event.Schema;
import io.millrace.event.SchemaChange;
import io.millrace.maps.TeacherValues;
import io.millrace.math.Mix64;
import io.millrace.random.Seeds;
import io.millrace.spec.JobSpec;
import io.millrace.spec.TeacherOptions;
import io.millrace.table.FrozenState;
import io.millrace.table.IdIndex;
import io.millrace.table.PlainTable;
import io.millrace.table.RowInit;
import io.millrace.time.MapGrid;
import io.millrace.time.OrderedLearner;
import io.millrace.time.Sequencer;
import io.millrace.watch.BuildDecisions;
import io.millrace.watch.LossSums;
import io.millrace.watch.Losses;
import it.unimi.dsi.fastutil.longs.LongArrays;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The teacher on the stream: learns from a sample of the events, all the time, and emits its
 * embedding vectors at the end of each pane, and where maps are built within it ("Learning to
 * Collide", Ghaemmaghami et al. 2022, with the training continuous instead of ahead of time).
 *
 * <p>Where we differ: the paper's teacher has a row for every id of a known range; here the tables
 * grow with the ids that occur, up to {@code max_ids}, and forget those of the smallest decayed
 * count.
 *
 * <p>Where changes make new maps due, the steps after a sub-window's end are held back until it is
 * decided whether maps are built there. The number of steps needs no bound of its own: the decision
 * depends only on what readers have sent already.
 */
public final class Teacher implements OrderedLearner {

  /** Format of the state that {@link #writeState} writes. */
  public static final int FORMAT = 7;

  /** Format of teachers that held no late events, and knew no time of the newest event. */
  private static final int ON_TIME_ONLY = 6;

  /** Format of teachers that counted the events they sample, and learned them as they came. */
  private static final int BY_ARRIVAL = 5;

  /** Format of teachers that emitted vectors at the ends of panes only. */
  private static final int PANES_ONLY = 4;

  /** Formats that {@link #readState} can read. */
  public static final Set<Integer> READABLE = Set.of(PANES_ONLY, BY_ARRIVAL, ON_TIME_ONLY, FORMAT);

  /** Receives the results of a teacher. */
  public interface Listener {
    /**
     * The vectors of one field at the end of a pane, or of a sub-window at whose end maps are
     * built.
     *
     * @param builds whether maps are built from them
     */
    void values(int field, long subWindow, boolean builds, TeacherValues values);

    /** All values of the sub-windows that a watermark, ms, completes have been emitted. */
    void passed(long watermark);

    /**
     * The losses of a sub-window, of the events that the teacher learns from.
     *
     * @param knownIn the sub-window of the maps' grid in which they are reported
     */
    default void losses(Losses losses, long knownIn) {}

    /** All losses up to this sub-window of the maps' grid have been reported. */
    default void complete(long subWindow) {}
  }

  private static final long NONE = Long.MIN_VALUE;
  private static final long ALL = 1L << 53;

  private final JobSpec job;
  private final String name;
  private final long seed;
  private final ClickModel model;
  private final BatchLearner learner;
  private final Sequencer steps;
  private final MapGrid grid;
  private final BuildDecisions decisions;
  private final Listener listener;
  private final long sampleSeed;
  private final long sampleBelow;
  private final EventHash hash = new EventHash();
  private final double decay;
  private long lastClosed = NONE;
  private final LossSums losses;
  private long newest = NONE;
  private long lastEventTime = NONE;
  private long closing = NONE;
  private long complete = NONE;

  /** The last sub-window reported as complete; reported once more after a restart. */
  private long reported = NONE;

  /**
   * A teacher that has learned nothing.
   *
   * @param name chooses the initial values: {@code teacher}, or {@code teacher-2} for the second
   *     one
   * @param decisions when maps are built
   */
  public Teacher(JobSpec job, String name, long seed, BuildDecisions decisions, Listener listener) {
    this.job = job;
    this.name = name;
    this.seed = seed;
    Schema schema = job.schema();
    TeacherOptions options = job.teacher();
    TrainerOptions trainer = options.trainer();
    List<FieldTable> fields = new ArrayList<>();
    for (int f = 0; f < schema.fields().size(); f++) {
      CategoricalField field = schema.fields().get(f);
      RowInit init =
          RowInit.dlrm(field.expectedIds(), Seeds.derive(seed, name + "/" + field.name(), 0));
      fields.add(
          FieldTable.indexed(
              f,
              new PlainTable(0, trainer.dim(), trainer.table(), init),
              new IdIndex(options.maxIds())));
    }
    this.model =
        new ClickModel(ModelFactory.dlrm(name, trainer, schema.dense().size(), fields, seed), null);
    this.learner = new BatchLearner(model, trainer.batch(), this::predicted);
    this.losses = new LossSums(job.watchGrid(), one -> listener.losses(one, knownIn()));
    this.sampleSeed = Seeds.derive(seed, name + "/sample", 0);
    this.sampleBelow = (long) (options.sample() * ALL);
    this.decay = job.decay();
    this.grid = job.mapGrid();
    this.decisions = decisions;
    this.listener = listener;
    this.steps =
        new Sequencer(
            grid, job.student().order(), job.student().maxHeld(), Integer.MAX_VALUE, new Steps());
  }

  /** Runs each step immediately; the end of a sub-window waits for the decision about maps. */
  private final class Steps implements Sequencer.Learner {
    @Override
    public void learn(ClickEvent event, boolean scored) {
      lastEventTime = Math.max(lastEventTime, event.eventTime());
      if (scored) {
        newest = Math.max(newest, grid.of(event.eventTime()));
      }
      if (sampled(event) && learner.add(event, scored ? 1 : 0)) {
        losses.close();
      }
    }

    /** First reports that all earlier sub-windows are complete: the decision may wait for that. */
    @Override
    public boolean mayClose(long subWindow) {
      completed(subWindow - 1);
      return decisions.decided(subWindow);
    }

    @Override
    public void closeSubWindow(long subWindow) {
      completed(subWindow - 1);
      closing = subWindow;
      losses.onWatermark(grid.end(subWindow) - 1);
      boolean endsPane = grid.endsPane(subWindow);
      boolean builds = decisions.builds(lastClosed, subWindow);
      if (builds || endsPane) {
        learner.flush();
        for (FieldTable field : model.fields()) {
          listener.values(field.field(), subWindow, builds, values(field));
          if (endsPane && decay < 1) {
            field.index().decay(decay);
          }
        }
      }
      closeLosses();
      lastClosed = subWindow;
      closing = NONE;
      passWatermark(grid.end(subWindow) - 1);
    }

    @Override
    public void passWatermark(long watermark) {
      losses.onWatermark(watermark);
      closeLosses();
      completed(grid.lastClosed(watermark));
      listener.passed(watermark);
    }
  }

  @Override
  public Sequencer steps() {
    return steps;
  }

  /** Whether the teacher learns from an event: by its hash, so that all runs take the same ones. */
  private boolean sampled(ClickEvent event) {
    return sampleBelow == ALL || (Mix64.mix(hash.of(event), sampleSeed) >>> 11) < sampleBelow;
  }

  private void completed(long subWindow) {
    complete = Math.max(complete, subWindow);
    if (complete > reported) {
      reported = complete;
      listener.complete(complete);
    }
  }

  /** The sub-window that is closing, or else the earliest one that the next event can belong to. */
  private long knownIn() {
    if (closing != NONE || complete == Long.MAX_VALUE) {
      return Math.max(closing, complete);
    }
    return Math.max(newest, complete + 1);
  }

  private void predicted(ClickEvent event, int scored, float p) {
    if (scored > 0) {
      losses.add(event.eventTime(), p, event.label());
    }
  }

  /** Reports the losses of sub-windows that are closing, unless events of them wait in a batch. */
  private void closeLosses() {
    if (learner.gathered() == 0) {
      losses.close();
    }
  }

  private static TeacherValues values(FieldTable field) {
    int n = field.index().size();
    int dim = field.table().dim();
    long[] ids = new long[n];
    int[] rows = new int[n];
    for (int r = 0; r < n; r++) {
      ids[r] = field.index().id(r);
      rows[r] = r;
    }
    LongArrays.radixSortIndirect(rows, ids, true);
    long[] sorted = new long[n];
    float[] vectors = new float[n * dim];
    for (int i = 0; i < n; i++) {
      sorted[i] = ids[rows[i]];
      field.table().collapseRow(rows[i], vectors, i * dim);
    }
    return new TeacherValues(sorted, dim, vectors);
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
  public long lastEventTime() {
    return lastEventTime;
  }

  @Override
  public long modelBytes() {
    return model.trainingBytes();
  }

  @Override
  public void writeState(DataOutput out) throws IOException {
    out.writeLong(lastClosed);
    out.writeLong(newest);
    out.writeLong(complete);
    out.writeLong(lastEventTime);
    losses.writeState(out);
    FrozenState.writeLater(out, steps.stepsHeldBack()::write);
    FrozenState.writeLater(out, steps.panes()::write);
    learner.writeState(out);
  }

  @Override
  public void readState(int format, DataInput in) throws IOException {
    if (format <= BY_ARRIVAL) {
      in.readLong(); // events seen
    }
    if (format != PANES_ONLY) {
      lastClosed = in.readLong();
      newest = in.readLong();
      complete = in.readLong();
      lastEventTime = format == FORMAT ? in.readLong() : NONE;
      losses.readState(in);
      steps.readHeldBack(in, true);
    }
    steps.readPanes(in, panes(format));
    learner.readState(in);
  }

  /**
   * Reads the state of a teacher whose job had other columns; this one has learned nothing. Events
   * that wait are moved to the new columns.
   *
   * @param former the job of the state: today's, but for its columns
   * @throws IllegalArgumentException if a teacher cannot go on with these columns, see {@link
   *     Transplant#obstacle}
   */
  public void readFormer(int format, DataInput in, JobSpec former) throws IOException {
    SchemaChange change = SchemaChange.between(former.schema(), job.schema());
    try (Teacher saved = new Teacher(former, name, seed, decisions, new Nobody())) {
      saved.readState(format, in);
      Transplant.move(saved.model, model, change);
      SchemaChange.Mover mover = change.mover();
      learner.take(saved.learner, mover::move);
      steps.take(saved.steps, mover::move);
      StateCopy.copy(saved.losses::writeState, losses::readState);
      lastClosed = saved.lastClosed;
      newest = saved.newest;
      complete = saved.complete;
      lastEventTime = saved.lastEventTime;
    }
  }

  /** Takes nothing: its teacher only reads state. */
  private static final class Nobody implements Listener {
    @Override
    public void values(int field, long subWindow, boolean builds, TeacherValues values) {}

    @Override
    public void passed(long watermark) {}
  }

  private static Sequencer.Layout panes(int format) {
    if (format == ON_TIME_ONLY) {
      return Sequencer.Layout.ON_TIME_ONLY;
    }
    return format < ON_TIME_ONLY ? Sequencer.Layout.BY_ARRIVAL : Sequencer.Layout.NEWEST;
  }

  @Override
  public void close() {
    model.close();
  }
}
