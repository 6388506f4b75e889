package io.millrace.teacher;

import io.millrace.dlrm.BatchLearner;
import io.millrace.dlrm.Dlrm;
import io.millrace.dlrm.FieldTable;
import io.millrace.dlrm.ModelFactory;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.Schema;
import io.millrace.maps.TeacherValues;
import io.millrace.math.Mix64;
import io.millrace.random.Seeds;
import io.millrace.spec.TeacherOptions;
import io.millrace.table.IdIndex;
import io.millrace.table.PlainTable;
import io.millrace.table.RowInit;
import io.millrace.time.Backlog;
import io.millrace.time.MapGrid;
import io.millrace.time.PaneBuffer;
import io.millrace.time.WatchGrid;
import io.millrace.watch.LossSums;
import io.millrace.watch.Losses;
import it.unimi.dsi.fastutil.longs.LongArrays;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The teacher on the stream: learns from a sample of the events, all the time, and hands out its
 * embedding vectors at the end of each pane, and where maps are built within it ("Learning to
 * Collide", Ghaemmaghami et al. 2022, with the training continuous instead of ahead of time).
 *
 * <p>Where we differ: the paper's teacher has a row for every id of a known range; here the tables
 * grow with the ids met, up to {@code max_ids}, and forget those of the smallest decayed count.
 *
 * <p>Where changes make new maps due, what comes after a part's end is held back until it is
 * decided whether maps are built there. That is bounded by itself: it waits for what readers have
 * sent, and for nothing that comes later.
 */
public final class Teacher implements AutoCloseable {

  /** Receives what a teacher knows at the end of a pane, or of a part of one. */
  public interface Listener {
    /**
     * The vectors of one field.
     *
     * @param builds whether maps are built from them
     */
    void values(int field, long part, boolean builds, TeacherValues values);

    /** Whether maps are built at the end of a part; waits until that is decided. */
    boolean builds(long before, long part);

    /**
     * Whether {@link #builds} would return at once; if not, the decision is on its way from now on,
     * and {@link #takeUp} is called when it is there.
     */
    boolean decided(long part);

    /** All values of parts that a watermark completes have been handed out. */
    void passed(long watermark);

    /**
     * The losses of a sub-window, of the events that the teacher learns from.
     *
     * @param knownIn the part in which they are told
     */
    default void losses(Losses losses, long knownIn) {}

    /** All losses that are told in a part, or before it, have been. */
    default void complete(long part) {}
  }

  private static final long NONE = Long.MIN_VALUE;

  private final Dlrm model;
  private final BatchLearner learner;
  private final PaneBuffer panes;
  private final MapGrid parts;
  private final Listener listener;
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

  private final long sampleSeed;
  private final long sampleBelow;
  private final double decay;
  private long seen;
  private long lastPart = NONE;
  private final LossSums losses;
  private long newestPart = NONE;
  private long closingPart = NONE;
  private long complete = NONE;

  /** The last part that was said to be complete; said once more after a restart. */
  private long told = NONE;

  /**
   * A teacher that has learned nothing.
   *
   * @param name sets the initial values apart: {@code teacher}, or {@code teacher-2} for the floor
   * @param mapGrid sub-windows at whose ends maps may be built from the values
   * @param watchGrid sub-windows whose losses are reported
   * @param decay factor for the ids' counts at each pane's end
   * @param maxHeld bound on early events held back
   */
  public Teacher(
      String name,
      Schema schema,
      MapGrid mapGrid,
      WatchGrid watchGrid,
      TeacherOptions options,
      double decay,
      int maxHeld,
      long seed,
      Listener listener) {
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
    this.model = ModelFactory.dlrm(name, trainer, schema.dense().size(), fields, seed);
    this.learner = new BatchLearner(model, trainer.batch(), this::predicted);
    this.losses = new LossSums(watchGrid);
    this.sampleSeed = Seeds.derive(seed, name + "/sample", 0);
    this.sampleBelow = (long) (options.sample() * (1L << 53));
    this.decay = decay;
    this.parts = mapGrid;
    this.listener = listener;
    this.panes =
        new PaneBuffer(
            mapGrid,
            maxHeld,
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

  /** Takes a watermark; panes that it completes hand out values, and parts if maps are built. */
  public void onWatermark(long watermark) {
    panes.onWatermark(watermark);
    if (backlog.isEmpty()) {
      passed(watermark);
    } else {
      backlog.addWatermark(watermark);
    }
  }

  private void learnInTurn(ClickEvent event, boolean scored) {
    if (backlog.isEmpty()) {
      learnOne(event, scored);
    } else {
      backlog.add(event, scored);
    }
  }

  private void endInTurn(long part) {
    if (backlog.isEmpty() && decided(part)) {
      endPart(part);
    } else {
      backlog.addPart(part);
    }
  }

  /**
   * Does some of what was held back until it was decided whether maps are built.
   *
   * @param most events, ends of parts and watermarks
   * @return true if there is more that could be done
   */
  public boolean takeUp(int most) {
    for (int n = 0; n < most && canTakeUp(); n++) {
      backlog.next(now, this::passed);
    }
    return canTakeUp();
  }

  private boolean canTakeUp() {
    Long part = backlog.nextPart();
    return !backlog.isEmpty() && (part == null || decided(part));
  }

  /** Asked when all before a part is done, which may be what the decision waits for. */
  private boolean decided(long part) {
    completed(part - 1);
    return listener.decided(part);
  }

  private void passed(long watermark) {
    losses.closing(watermark);
    if (learner.gathered() == 0) {
      losses.close(this::tell);
    }
    completed(parts.lastClosed(watermark));
    listener.passed(watermark);
  }

  private void completed(long part) {
    complete = Math.max(complete, part);
    if (complete > told) {
      told = complete;
      listener.complete(complete);
    }
  }

  /** The part that is being closed or, between two, the first one that what comes may be of. */
  private long knownIn() {
    if (closingPart != NONE || complete == Long.MAX_VALUE) {
      return Math.max(closingPart, complete);
    }
    return Math.max(newestPart, complete + 1);
  }

  private void predicted(ClickEvent event, int scored, float p) {
    if (scored > 0) {
      losses.add(event.eventTime(), p, event.label());
    }
  }

  private void tell(Losses part) {
    listener.losses(part, knownIn());
  }

  /** Does all that was held back, and waits for decisions. */
  public void takeUpAll() {
    while (!backlog.isEmpty()) {
      backlog.next(now, this::passed);
    }
  }

  /** Events, ends of parts and watermarks that are held back. */
  public int heldBack() {
    return backlog.size();
  }

  private void learnOne(ClickEvent event, boolean scored) {
    if (scored) {
      newestPart = Math.max(newestPart, parts.of(event.eventTime()));
    }
    if ((Mix64.mix(seen++, sampleSeed) >>> 11) < sampleBelow
        && learner.add(event, scored ? 1 : 0)) {
      losses.close(this::tell);
    }
  }

  private void endPart(long part) {
    completed(part - 1);
    closingPart = part;
    losses.closing(parts.end(part) - 1);
    boolean endsPane = parts.endsPane(part);
    boolean builds = listener.builds(lastPart, part);
    if (builds || endsPane) {
      learner.flush();
      for (FieldTable field : model.fields()) {
        listener.values(field.field(), part, builds, values(field));
        if (endsPane && decay < 1) {
          field.index().decay(decay);
        }
      }
    }
    if (learner.gathered() == 0) {
      losses.close(this::tell);
    }
    lastPart = part;
    closingPart = NONE;
    passed(parts.end(part) - 1);
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

  /** Events learned from so far. */
  public long learned() {
    return learner.learned();
  }

  /** Events not learned from, see {@link BatchLearner#skipped}. */
  public long skipped() {
    return learner.skipped();
  }

  /** Bytes of parameters, indexes and optimiser state. */
  public long trainingBytes() {
    return model.trainingBytes();
  }

  /** Writes all that {@link #readState} needs to go on to the bit. */
  public void writeState(DataOutput out) throws IOException {
    out.writeLong(seen);
    out.writeLong(lastPart);
    out.writeLong(newestPart);
    out.writeLong(complete);
    losses.writeState(out);
    backlog.writeState(out);
    panes.writeState(out);
    learner.writeState(out);
  }

  /** Reads what {@link #writeState} wrote for the same options. */
  public void readState(DataInput in) throws IOException {
    readState(in, true);
  }

  /** Reads what an earlier version wrote, which handed out values at the ends of panes alone. */
  public void readStateWithoutParts(DataInput in) throws IOException {
    readState(in, false);
  }

  private void readState(DataInput in, boolean withParts) throws IOException {
    seen = in.readLong();
    if (withParts) {
      lastPart = in.readLong();
      newestPart = in.readLong();
      complete = in.readLong();
      losses.readState(in);
      backlog.readState(in, true);
    }
    panes.readState(in);
    learner.readState(in);
  }

  @Override
  public void close() {
    model.close();
  }
}
