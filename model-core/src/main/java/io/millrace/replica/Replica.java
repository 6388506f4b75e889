package io.millrace.replica;

import io.millrace.dlrm.BatchLearner;
import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.StateCopy;
import io.millrace.event.ClickEvent;
import it.unimi.dsi.fastutil.Swapper;
import it.unimi.dsi.fastutil.ints.IntArrays;
import it.unimi.dsi.fastutil.longs.LongArrays;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One of several copies of a model, each of which learns its share of the events.
 *
 * <p>It begins an interval with
 *
 * <pre>
 *  start = base + its own changes that are not in base      base: the newest merge that it has
 * </pre>
 *
 * and learns in batches, which end with the interval; in the last, shorter one an event weighs as
 * much as in the others. Its change is {@code end - start}, in single precision; then the model is
 * computed anew as {@code base + own changes}. So what it goes on with is what others can compute
 * from its changes, although {@code start + (end - start)} need not be {@code end} to the bit.
 *
 * <p>The state of the dense part's optimiser stays here; that of rows is exchanged with them. Rows
 * are numbered here by themselves, and no id is evicted. One thread at a time.
 */
public final class Replica implements AutoCloseable {

  private final int number;
  private final ClickModel model;
  private final ClickModel base;
  private final ModelParts now;
  private final ModelParts merged;

  /** The dense part of the newest merge; the one in {@link #base} is that of the last copy. */
  private List<float[]> mergedDense = List.of();

  private final BatchLearner learner;
  private final List<Change> own = new ArrayList<>();
  private float[] predictions = new float[256];
  private int events;
  private long learnedBefore;
  private long skippedBefore;
  private double outputVariance;
  private int batches;

  /** Dense part at the start of the interval. */
  private final List<float[]> denseStart = new ArrayList<>();

  /** It with the state of its optimiser; the buffer is used again. */
  private final ByteArrayOutputStream denseAtStart = new ByteArrayOutputStream();

  /** Whether an interval has ended and the next has not begun. */
  private boolean between;

  /**
   * A replica, to be {@linkplain #start started}.
   *
   * @param number from 0
   * @param model that it learns, which it owns from now on
   * @param base another of the same shape, likewise
   * @param batch events per step
   */
  public Replica(int number, ClickModel model, ClickModel base, int batch) {
    this.number = number;
    this.model = model;
    this.base = base;
    this.now = new ModelParts(model);
    this.merged = new ModelParts(base);
    this.learner = new BatchLearner(model, batch, true, this::predicted);
    now.rows().forEach(ExchangedRows::track);
  }

  private void predicted(ClickEvent event, int place, float p) {
    predictions[place] = p;
  }

  /** A whole model, which is copied. */
  @FunctionalInterface
  interface Whole {
    /** Copies it into a model of the same shape, with the hashes of its fields. */
    void copyTo(ClickModel model);
  }

  /** Begins with a copy of a whole model, and the state of its optimisers. */
  public void start(ClickModel whole) {
    start(to -> StateCopy.copy(whole, to), true);
  }

  /**
   * Begins with a copy of a whole model.
   *
   * @param first whether the state of the dense part's optimiser is copied too
   */
  void start(Whole whole, boolean first) {
    if (!first) {
      saveDense();
    }
    copy(whole);
    own.clear();
    if (!first) {
      readDense();
    }
    startDense();
  }

  private void copy(Whole whole) {
    whole.copyTo(base);
    mergedDense = merged.dense().stream().map(float[]::clone).toList();
    StateCopy.copy(base, model);
    forgetAccesses();
  }

  /** Rows and accesses up to now are known to the others. */
  private void forgetAccesses() {
    now.rows().forEach(rows -> rows.track().clear());
    model.fields().stream()
        .filter(field -> field.index() != null)
        .forEach(field -> field.index().decay(0));
  }

  /** Takes an event of the interval. */
  public void add(ClickEvent event) {
    if (events == predictions.length) {
      predictions = Arrays.copyOf(predictions, 2 * events);
    }
    predictions[events] = Float.NaN;
    if (learner.add(event, events++)) {
      endBatch();
    }
  }

  private void endBatch() {
    outputVariance += model.outputVariance();
    batches++;
  }

  /** Learns the last batch of an interval; {@link #begin} must follow. */
  public Change endInterval(long interval) {
    if (learner.gathered() > 0) {
      learner.flush();
      endBatch();
    }
    List<RowSet> rows = new ArrayList<>();
    for (int t = 0; t < now.rows().size(); t++) {
      rows.add(changed(t));
    }
    Change change =
        new Change(
            number,
            interval,
            new ModelValues(rows, changedDense()),
            Arrays.copyOf(predictions, events),
            learner.learned() - learnedBefore,
            learner.skipped() - skippedBefore,
            outputVariance,
            batches);
    own.add(change);
    events = 0;
    learnedBefore = learner.learned();
    skippedBefore = learner.skipped();
    outputVariance = 0;
    batches = 0;
    between = true;
    return change;
  }

  private RowSet changed(int t) {
    ExchangedRows rows = now.rows().get(t);
    int[] touched = rows.track().take();
    long[] keys = new long[touched.length];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = rows.key(touched[i]);
    }
    if (rows.owned()) {
      sort(keys, touched);
    }
    float[] accesses = new float[rows.owned() ? keys.length : 0];
    float[] values = new float[keys.length * rows.length()];
    float[] start = new float[rows.length()];
    Start starts = new Start(t);
    for (int i = 0; i < keys.length; i++) {
      int row = touched[i];
      rows.read(row, values, i * start.length);
      starts.read(keys[i], start);
      subtract(values, i * start.length, start);
      if (rows.owned()) {
        accesses[i] = rows.takeAccesses(row);
      }
    }
    return new RowSet(keys, accesses, values);
  }

  private static void sort(long[] keys, int[] rows) {
    Swapper both =
        (a, b) -> {
          LongArrays.swap(keys, a, b);
          IntArrays.swap(rows, a, b);
        };
    it.unimi.dsi.fastutil.Arrays.quickSort(
        0, keys.length, (a, b) -> Long.compare(keys[a], keys[b]), both);
  }

  /** Computes with what the interval has begun, or begins, for the rows of ascending keys. */
  private final class Start {
    private final ExchangedRows rows;
    private final List<RowSet> changes = new ArrayList<>();
    private final int[] next = new int[own.size()];

    Start(int t) {
      rows = merged.rows().get(t);
      own.forEach(change -> changes.add(change.delta().rows().get(t)));
    }

    /** Reads the row of a key, which is not before that of the last call. */
    void read(long key, float[] out) {
      rows.read(rows.row(key), out, 0);
      for (int c = 0; c < next.length; c++) {
        RowSet set = changes.get(c);
        while (next[c] < set.keys().length && set.keys()[next[c]] < key) {
          next[c]++;
        }
        if (next[c] < set.keys().length && set.keys()[next[c]] == key) {
          add(out, set.values(), next[c] * out.length);
        }
      }
    }
  }

  /** Begins an interval with the dense part that is merged, and own changes since. */
  private void startDense() {
    findDenseStart();
    now.setDense(denseStart);
    saveDense();
    between = false;
  }

  private void findDenseStart() {
    for (int i = denseStart.size(); i < mergedDense.size(); i++) {
      denseStart.add(new float[mergedDense.get(i).length]);
    }
    for (int t = 0; t < denseStart.size(); t++) {
      float[] start = denseStart.get(t);
      float[] from = mergedDense.get(t);
      for (Change change : own) {
        sum(start, from, change.delta().dense().get(t));
        from = start;
      }
      if (own.isEmpty()) {
        System.arraycopy(from, 0, start, 0, start.length);
      }
    }
  }

  private static void sum(float[] to, float[] a, float[] b) {
    for (int i = 0; i < to.length; i++) {
      to[i] = a[i] + b[i];
    }
  }

  private List<float[]> changedDense() {
    List<float[]> dense = now.dense();
    List<float[]> deltas = new ArrayList<>();
    for (int t = 0; t < dense.size(); t++) {
      deltas.add(difference(dense.get(t), denseStart.get(t)));
    }
    return deltas;
  }

  private static float[] difference(float[] a, float[] b) {
    float[] difference = new float[a.length];
    for (int i = 0; i < a.length; i++) {
      difference[i] = a[i] - b[i];
    }
    return difference;
  }

  private static void add(float[] to, float[] from, int at) {
    for (int i = 0; i < to.length; i++) {
      to[i] += from[at + i];
    }
  }

  private static void subtract(float[] from, int at, float[] start) {
    for (int i = 0; i < start.length; i++) {
      from[at + i] -= start[i];
    }
  }

  /**
   * Begins the next interval.
   *
   * @param due merges that the base has not yet, in order; none, or several
   */
  public void begin(List<Merge> due) {
    List<long[]> stale = new ArrayList<>();
    for (int t = 0; t < now.rows().size(); t++) {
      stale.add(staleKeys(t, due));
    }
    for (Merge merge : due) {
      merged.setRows(merge.values().rows());
      mergedDense = merge.values().dense();
      own.removeIf(change -> change.interval() <= merge.interval());
    }
    for (int t = 0; t < stale.size(); t++) {
      writeStart(t, stale.get(t));
    }
    startDense();
  }

  /** Keys of the rows that are not with what the next interval begins. */
  private long[] staleKeys(int t, List<Merge> due) {
    List<RowSet> sets = new ArrayList<>();
    due.forEach(merge -> sets.add(merge.values().rows().get(t)));
    own.forEach(change -> sets.add(change.delta().rows().get(t)));
    return RowSet.keys(sets);
  }

  private void writeStart(int t, long[] keys) {
    ExchangedRows rows = now.rows().get(t);
    float[] start = new float[rows.length()];
    Start starts = new Start(t);
    for (long key : keys) {
      starts.read(key, start);
      rows.write(rows.row(key), start, 0);
    }
    rows.track().clear();
  }

  private void saveDense() {
    denseAtStart.reset();
    try {
      now.writeDense(new DataOutputStream(denseAtStart));
    } catch (IOException e) {
      throw new IllegalStateException("a copy in memory failed", e);
    }
  }

  private void readDense() {
    byte[] bytes = denseAtStart.toByteArray();
    try {
      now.readDense(new DataInputStream(new ByteArrayInputStream(bytes)));
    } catch (IOException e) {
      throw new IllegalStateException("a copy in memory failed", e);
    }
  }

  /** Writes what the merged model does not hold, see {@link SavedReplica}. */
  void writeState(DataOutput out) throws IOException {
    if (between) {
      saveDense();
    }
    new SavedReplica(own, denseAtStart.toByteArray()).write(out);
  }

  /** Reads what {@link #writeState} wrote; {@link #resume} must follow. */
  void readState(DataInput in) throws IOException {
    SavedReplica saved = SavedReplica.read(in);
    own.clear();
    own.addAll(saved.own());
    setDenseAtStart(saved.dense());
  }

  /** Takes the place of several former replicas; {@link #start} must follow. */
  void follow(FormerReplicas former) {
    try {
      setDenseAtStart(now.meanOfDense(former.dense()));
    } catch (IOException e) {
      throw new IllegalStateException("the dense parts of former replicas cannot be averaged", e);
    }
    readDense();
  }

  private void setDenseAtStart(byte[] dense) {
    denseAtStart.reset();
    denseAtStart.writeBytes(dense);
    between = false;
  }

  /**
   * Goes on after {@link #readState}.
   *
   * @param whole the merged model
   * @param interval the newest that is merged in it
   * @return its changes that are not
   */
  List<Change> resume(Whole whole, long interval) {
    copy(whole);
    own.removeIf(change -> change.interval() <= interval);
    for (int t = 0; t < now.rows().size(); t++) {
      writeStart(t, staleKeys(t, List.of()));
    }
    readDense();
    findDenseStart();
    return List.copyOf(own);
  }

  @Override
  public void close() {
    model.close();
    base.close();
  }
}
