package io.millrace.student;

import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.Dlrm;
import io.millrace.dlrm.FieldTable;
import io.millrace.linear.LinearPart;
import io.millrace.snapshot.ModelUpdate;
import io.millrace.snapshot.ModelUpdate.FieldChange;
import io.millrace.snapshot.ModelUpdate.LinearChange;
import io.millrace.snapshot.ModelUpdate.NetworkChange;
import io.millrace.snapshot.UpdateHeader;
import io.millrace.spec.ArmSpec;
import io.millrace.table.StoredRows;
import io.millrace.table.TouchedRows;
import it.unimi.dsi.fastutil.ints.IntArrays;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What the batches of a student have changed in its served model since it was last asked, and the
 * numbers of the updates that say so.
 *
 * <p>A full version and the updates after it, applied in order, give the model as it would be
 * published now, to the bit. Where rows get other numbers or other ids (a new map, ids that are
 * evicted, a restore), or the gate has refused an update, no update can say so: a full version
 * comes first, under a number of its own. A reader that has the update before it then finds a gap,
 * and takes that version.
 */
public final class StudentUpdates {

  private final Student student;
  private final Runnable publish;
  private final List<TouchedRows> fields = new ArrayList<>();
  private TouchedRows slots;
  private long epoch;
  private long interval;
  private long learned;
  private boolean fullFirst;
  private boolean refused;

  /** Time of the newest event, without those of the batch that is half filled. */
  private long learnedUntil = Long.MIN_VALUE;

  /**
   * Of a student that emits no updates yet.
   *
   * @param publish publishes a full version
   */
  StudentUpdates(Student student, Runnable publish) {
    this.student = student;
    this.publish = publish;
  }

  /** Whether an arm's model can be updated row by row; a step may prune any row of a pruned one. */
  public static boolean possible(ArmSpec arm) {
    return arm.table() != ArmSpec.Table.PEP;
  }

  /**
   * Records changes from now on; a full version comes first. Served rows of factorised tables are
   * stored as factors.
   *
   * @param newEpoch larger than that of any earlier run of this arm, at least 1
   * @param lastInterval that of the last update of earlier epochs; 0 if there was none
   * @throws UnsupportedOperationException if they are not {@link #possible}
   */
  public void start(long newEpoch, long lastInterval) {
    epoch = newEpoch;
    interval = lastInterval;
    fullFirst = true;
    if (fields.isEmpty()) {
      for (FieldTable field : fields()) {
        fields.add(field.table().track());
      }
      student.model().linear().ifPresent(linear -> slots = linear.track());
    }
  }

  private List<FieldTable> fields() {
    return student.model().network().map(Dlrm::fields).orElse(List.of());
  }

  private boolean on() {
    return epoch > 0;
  }

  /** The unbroken run that updates belong to; 0 if none are emitted. */
  public long epoch() {
    return epoch;
  }

  /** Number of the last update, or of the full version that stands for one; 0 before the first. */
  public long interval() {
    return interval;
  }

  /** Whether a full version must come before the next update. */
  private boolean fullFirst() {
    return on() && (fullFirst || fields.stream().anyMatch(TouchedRows::moved));
  }

  /**
   * Emits what batches have changed since the last update, or publishes a full version if there
   * must be one first; nothing if nothing has changed. Ends no batch.
   */
  public void emit() {
    if (!fullFirst()) {
      take().ifPresent(this::pass);
    } else if (student.learned() > 0) {
      publish.run();
      refused = fullFirst();
    }
  }

  /** Whether the gate has refused what was emitted last; no version has passed since. */
  public boolean refused() {
    return refused;
  }

  /** Emits an update, or lets a full version come first if the gate refuses it. */
  private void pass(ModelUpdate update) {
    if (student.gate().passes(update)) {
      student.listener.updated(update);
    } else {
      fullFirst = true;
      refused = true;
    }
  }

  /**
   * What batches have changed since the last call or version. Empty if nothing has, if no updates
   * are emitted, or if a full version must come first.
   */
  public Optional<ModelUpdate> take() {
    if (!on() || fullFirst() || !changed()) {
      return Optional.empty();
    }
    learned = student.learned();
    long previous = interval;
    interval++;
    UpdateHeader header =
        new UpdateHeader(
            student.spec().name(),
            epoch,
            interval,
            previous,
            student.modelVersion(),
            student.mapVersion(),
            learnedUntil(),
            learned);
    ClickModel model = student.model();
    return Optional.of(
        new ModelUpdate(
            header, model.network().map(this::takeNetwork), model.linear().map(this::takeLinear)));
  }

  /** An event is added to the batch. */
  void beforeEvent() {
    learnedUntil = learnedUntil();
  }

  private long learnedUntil() {
    long from = student.learner.gatheredFrom();
    if (from != Long.MAX_VALUE) {
      return Math.min(from - 1, student.lastEventTime);
    }
    return student.learner.gathered() == 0 ? student.lastEventTime : learnedUntil;
  }

  /** New ids have rows even if their batch was left out. */
  private boolean changed() {
    return student.learned() != learned || fields.stream().anyMatch(touched -> touched.count() > 0);
  }

  private NetworkChange takeNetwork(Dlrm network) {
    List<FieldChange> changes = new ArrayList<>();
    for (int f = 0; f < fields.size(); f++) {
      FieldChange change = take(network.fields().get(f), fields.get(f).take());
      boolean projected = change.values() instanceof StoredRows.Factors;
      if (change.values().count() > 0 || projected) {
        changes.add(change);
      }
    }
    return new NetworkChange(network.bottom().parameters(), network.top().parameters(), changes);
  }

  private static FieldChange take(FieldTable field, int[] rows) {
    if (field.index() == null) {
      return new FieldChange(field.field(), rows, new long[0], field.store(rows));
    }
    IntArrays.quickSort(rows, (a, b) -> Long.compare(field.index().id(a), field.index().id(b)));
    long[] ids = IntStream.of(rows).mapToLong(field.index()::id).toArray();
    return new FieldChange(field.field(), new int[0], ids, field.store(rows));
  }

  private LinearChange takeLinear(LinearPart linear) {
    int[] changed = slots.take();
    return new LinearChange(changed, linear.weights(changed));
  }

  /**
   * A full version is published now. What has changed before it has been taken, or the version
   * stands for it and takes a number.
   */
  void versionPublished() {
    refused = false;
    if (!fullFirst()) {
      return;
    }
    interval++;
    learned = student.learned();
    fullFirst = false;
    fields.forEach(TouchedRows::clear);
    if (slots != null) {
      slots.clear();
    }
  }
}
