package io.millrace.student;

import io.millrace.dlrm.BatchLearner;
import io.millrace.dlrm.ClickModel;
import io.millrace.dlrm.FieldTable;
import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import io.millrace.metric.LogLoss;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;

/**
 * A copy of a student that keeps its old maps for a few thousand events, to measure what a switch
 * costs, see {@link SwitchLine}.
 *
 * <p>The whole model is copied between two batches, just before the switch. The copy predicts and
 * learns the same batches. While it exists, the arm takes twice the memory and twice the time.
 */
final class Shadow implements AutoCloseable {

  private final ClickModel model;
  private final BatchLearner learner;
  private final MapVersion[] maps;
  private long time = Long.MIN_VALUE;
  private final Loss own = new Loss();
  private final Loss students = new Loss();

  /** Sum of the log loss of events on time. */
  private static final class Loss {
    private long events;
    private double sum;

    void add(ClickEvent event, int tag, float p) {
      if (tag >= 0) {
        events++;
        sum += LogLoss.of(p, event.label() > 0);
      }
    }

    double mean() {
      return sum / events;
    }

    void write(DataOutput out) throws IOException {
      out.writeLong(events);
      out.writeDouble(sum);
    }

    void read(DataInput in) throws IOException {
      events = in.readLong();
      sum = in.readDouble();
    }
  }

  /** A shadow with initial parameters; the caller reads its state. */
  private Shadow(StudentTables students, MapVersion[] maps) {
    StudentTables tables = new StudentTables(students.job, students.arm, students.seed);
    List<FieldTable> fields = tables.create();
    for (FieldTable field : fields) {
      if (maps[field.field()] != null) {
        field.restoreHash(maps[field.field()].toHash());
      }
    }
    this.model = tables.copy(fields);
    int batch = tables.arm.learner().trainer().batch();
    this.learner = new BatchLearner(model, batch, own::add);
    this.maps = maps.clone();
  }

  /**
   * Copies a student.
   *
   * @param maps in use, null where a field has none yet
   */
  static Shadow of(ClickModel student, StudentTables tables, MapVersion[] maps) {
    Shadow shadow = new Shadow(tables, maps);
    try {
      StateCopy.copy(student::writeState, shadow.model::readState);
      shadow.fitHashes(tables);
    } catch (IOException e) {
      throw new IllegalStateException("a copy in memory failed", e);
    }
    return shadow;
  }

  private void fitHashes(StudentTables tables) {
    tables.fitHashes(model.fields(), maps);
  }

  /** Largest version of maps, null ones left out; 0 without one. */
  static int newest(MapVersion[] maps) {
    int newest = 0;
    for (MapVersion map : maps) {
      newest = map == null ? newest : Math.max(newest, map.version());
    }
    return newest;
  }

  /** Takes an event that the student has taken with the same tag. */
  void add(ClickEvent event, int tag) {
    if (time == Long.MIN_VALUE) {
      time = event.eventTime();
    }
    learner.add(event, tag);
  }

  /** Takes a prediction of the student. */
  void predicted(ClickEvent event, int tag, float p) {
    students.add(event, tag, p);
  }

  /** Learns the half-filled batch. */
  void flush() {
    learner.flush();
  }

  /** Events on time compared so far. */
  long events() {
    return own.events;
  }

  /** Events learned or left out so far, late ones included. */
  long taken() {
    return learner.learned() + learner.skipped();
  }

  /** The result of the comparison. */
  SwitchLine line(String arm, long seed, int mapVersion) {
    return new SwitchLine(
        arm, seed, time, mapVersion, newest(maps), own.events, students.mean(), own.mean());
  }

  /** Writes its maps, what is compared so far, and the model. */
  void writeState(DataOutput out) throws IOException {
    for (MapVersion map : maps) {
      StudentState.writeMap(map, out);
    }
    out.writeLong(time);
    own.write(out);
    students.write(out);
    learner.writeState(out);
  }

  /** Reads what {@link #writeState} wrote for a student with such tables. */
  static Shadow read(DataInput in, StudentTables tables) throws IOException {
    MapVersion[] maps = new MapVersion[tables.job.schema().fields().size()];
    for (int f = 0; f < maps.length; f++) {
      maps[f] = StudentState.readMap(in);
    }
    Shadow shadow = new Shadow(tables, maps);
    shadow.time = in.readLong();
    shadow.own.read(in);
    shadow.students.read(in);
    shadow.learner.readState(in);
    shadow.fitHashes(tables);
    return shadow;
  }

  @Override
  public void close() {
    model.close();
  }
}
