package io.millrace.stream;

import io.millrace.dlrm.BatchLearner;
import io.millrace.dlrm.Dlrm;
import io.millrace.dlrm.FieldTable;
import io.millrace.event.CategoricalField;
import io.millrace.event.ClickEvent;
import io.millrace.event.Schema;
import io.millrace.event.WindowSpec;
import io.millrace.math.Mix64;
import io.millrace.random.Seeds;
import io.millrace.table.IdIndex;
import io.millrace.table.PlainTable;
import io.millrace.table.RowInit;
import it.unimi.dsi.fastutil.longs.LongArrays;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The teacher on the stream: learns from a sample of the events, all the time, and hands out its
 * embedding vectors at the end of each pane ("Learning to Collide", Ghaemmaghami et al. 2022, with
 * the training continuous instead of ahead of time).
 *
 * <p>Where we differ: the paper's teacher has a row for every id of a known range; here the tables
 * grow with the ids met, up to {@code max_ids}, and forget those of the smallest decayed count.
 */
public final class TeacherStream implements AutoCloseable {

  /** Receives what a teacher knows at the end of a pane. */
  @FunctionalInterface
  public interface Listener {
    /** The vectors of one field. */
    void values(int field, long pane, TeacherValues values);
  }

  private final Dlrm model;
  private final BatchLearner learner;
  private final PaneBuffer panes;
  private final long sampleSeed;
  private final long sampleBelow;
  private final double decay;
  private long seen;

  /**
   * A teacher that has learned nothing.
   *
   * @param name sets the initial values apart: {@code teacher}, or {@code teacher-2} for the floor
   * @param decay factor for the ids' counts at each pane's end
   * @param maxHeld bound on early events held back
   */
  public TeacherStream(
      String name,
      Schema schema,
      WindowSpec windows,
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
    this.learner = new BatchLearner(model, trainer.batch(), (event, tag, p) -> {});
    this.sampleSeed = Seeds.derive(seed, name + "/sample", 0);
    this.sampleBelow = (long) (options.sample() * (1L << 53));
    this.decay = decay;
    this.panes =
        new PaneBuffer(
            windows,
            maxHeld,
            new PaneBuffer.Trainer() {
              @Override
              public void learn(ClickEvent event, boolean scored) {
                if ((Mix64.mix(seen++, sampleSeed) >>> 11) < sampleBelow) {
                  learner.add(event, 0);
                }
              }

              @Override
              public void closePane(long pane) {
                endPane(pane, listener);
              }
            });
  }

  /** Takes an event. */
  public void onEvent(ClickEvent event, boolean late) {
    panes.onEvent(event, late);
  }

  /** Takes a watermark; panes that it completes hand out values. */
  public void onWatermark(long watermark) {
    panes.onWatermark(watermark);
  }

  private void endPane(long pane, Listener listener) {
    learner.flush();
    for (FieldTable field : model.fields()) {
      listener.values(field.field(), pane, values(field));
      if (decay < 1) {
        field.index().decay(decay);
      }
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
    panes.writeState(out);
    learner.writeState(out);
  }

  /** Reads what {@link #writeState} wrote for the same options. */
  public void readState(DataInput in) throws IOException {
    seen = in.readLong();
    panes.readState(in);
    learner.readState(in);
  }

  @Override
  public void close() {
    model.close();
  }
}
