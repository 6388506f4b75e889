package io.millrace.student;

import io.millrace.dlrm.BatchLearner;
import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.FieldTable;
import io.millrace.dlrm.StateCopy;
import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * A copy of a student that has other maps for a few thousand events, see {@link SwitchLine}. It
 * keeps the old maps, to measure what a switch costs; or it is a candidate, which takes the new
 * maps on trial while the student keeps the old ones.
 *
 * <p>The whole model is copied between two batches, just before the switch. The copy predicts and
 * learns the same batches. While it exists, the arm takes twice the memory and twice the time.
 */
final class Shadow implements AutoCloseable {

  private final boolean candidate;
  private final ClickModel model;
  private final BatchLearner learner;
  private final MapVersion[] maps;
  private final PairedLosses losses = new PairedLosses();
  private long time = Long.MIN_VALUE;

  /** Events learned or left out before the newest maps came. */
  private long before;

  /** A shadow with initial parameters; the caller reads its state. */
  private Shadow(StudentTables students, MapVersion[] maps, boolean candidate) {
    StudentTables tables = new StudentTables(students.job, students.arm, students.seed);
    this.candidate = candidate;
    this.model = tables.copy(tables.create());
    int batch = tables.arm.learner().trainer().batch();
    this.learner = new BatchLearner(model, batch, losses::shadow);
    this.maps = maps.clone();
  }

  /**
   * Copies a student.
   *
   * @param maps in use, null where a field has none yet
   * @param candidate whether the copy takes the new maps, and not the student
   */
  static Shadow of(ClickModel student, StudentTables tables, MapVersion[] maps, boolean candidate) {
    Shadow shadow = new Shadow(tables, maps, candidate);
    StateCopy.copy(student, shadow.model);
    return shadow;
  }

  /** Largest version of maps, null ones left out; 0 without one. */
  static int newest(MapVersion[] maps) {
    int newest = 0;
    for (MapVersion map : maps) {
      newest = map == null ? newest : Math.max(newest, map.version());
    }
    return newest;
  }

  /** The maps that it uses, null where a field has none. */
  MapVersion[] maps() {
    return maps.clone();
  }

  /** Whether it takes the new maps, and not the student. */
  boolean candidate() {
    return candidate;
  }

  /**
   * Takes new maps, by field; between two batches. The comparison begins anew: what came before
   * says nothing about these maps.
   */
  void switchTo(Map<Integer, MapVersion> next) {
    next.forEach(
        (f, map) -> {
          model.fields().get(f).switchTo(map);
          maps[f] = map;
        });
    losses.restart();
    time = Long.MIN_VALUE;
    before = learner.learned() + learner.skipped();
  }

  /** Copies the model, with its maps, into the student. */
  MapVersion[] takeOver(ClickModel student) {
    StateCopy.copy(model, student);
    return maps();
  }

  /** Takes an event that the student has taken with the same tag. */
  void add(ClickEvent event, int tag) {
    if (time == Long.MIN_VALUE) {
      time = event.eventTime();
    }
    if (learner.add(event, tag)) {
      losses.endBatch();
    }
  }

  /** Takes a prediction of the student. */
  void predicted(ClickEvent event, int tag, float p) {
    losses.student(event, tag, p);
  }

  /** Learns the half-filled batch. */
  void flush() {
    learner.flush();
    losses.endBatch();
  }

  /** Events on time compared so far. */
  long events() {
    return candidate ? losses.studentEvents() : losses.shadowEvents();
  }

  /** Events learned or left out in this comparison, late ones included. */
  long taken() {
    return learner.learned() + learner.skipped() - before;
  }

  /** Whether there are events enough to accept or drop the maps of a candidate. */
  boolean enough() {
    return !candidate || losses.enough();
  }

  /** Whether the new maps stay: a candidate must do no worse than its student. */
  boolean accepted() {
    return !candidate || losses.noWorse();
  }

  /**
   * The result of the comparison.
   *
   * @param students newest map of the student
   */
  SwitchLine line(String arm, long seed, int students) {
    int own = newest(maps);
    double mine = losses.shadowMean();
    double its = losses.studentMean();
    return candidate
        ? new SwitchLine(arm, seed, time, own, students, events(), mine, its, accepted())
        : new SwitchLine(arm, seed, time, students, own, events(), its, mine, true);
  }

  /** Writes its kind, its maps, what is compared so far, and the model. */
  void writeState(DataOutput out) throws IOException {
    out.writeBoolean(candidate);
    for (MapVersion map : maps) {
      StudentState.writeMap(map, out);
    }
    out.writeLong(time);
    out.writeLong(before);
    losses.writeState(out);
    learner.writeState(out);
  }

  /**
   * Reads what {@link #writeState} wrote for a student with such tables.
   *
   * @param candidates false for an earlier version, which knew no candidates
   * @param restarts false for an earlier version, whose comparisons did not begin anew
   */
  static Shadow read(DataInput in, StudentTables tables, boolean candidates, boolean restarts)
      throws IOException {
    boolean candidate = candidates && in.readBoolean();
    MapVersion[] maps = new MapVersion[tables.job.schema().fields().size()];
    for (int f = 0; f < maps.length; f++) {
      maps[f] = StudentState.readMap(in);
    }
    Shadow shadow = new Shadow(tables, maps, candidate);
    shadow.time = in.readLong();
    shadow.before = restarts ? in.readLong() : 0;
    shadow.losses.readState(in, candidates);
    List<FieldTable> fields = shadow.model.fields();
    for (int f = 0; f < maps.length; f++) {
      if (maps[f] != null) {
        fields.get(f).restoreHash(maps[f].toHash());
      }
    }
    shadow.learner.readState(in);
    tables.fitHashes(fields, maps);
    return shadow;
  }

  @Override
  public void close() {
    model.close();
  }
}
