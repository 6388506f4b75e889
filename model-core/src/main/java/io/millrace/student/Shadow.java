package io.millrace.student;

import io.millrace.dlrm.BatchLearner;
import io.millrace.dlrm.Dlrm;
import io.millrace.dlrm.FieldTable;
import io.millrace.dlrm.ModelFactory;
import io.millrace.dlrm.TrainerOptions;
import io.millrace.event.ClickEvent;
import io.millrace.hash.MapVersion;
import io.millrace.metric.LogLoss;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A student as it would have gone on without a change of maps, for a few thousand events: the other
 * side of a {@link SwitchLine}.
 *
 * <p>A copy of the whole model, taken between two batches just before the change. It predicts and
 * learns the same batches. While it lives it takes the memory of a second model, and the arm takes
 * twice its time.
 */
final class Shadow implements AutoCloseable {

  private final Dlrm model;
  private final BatchLearner learner;
  private final MapVersion[] maps;
  private long time = Long.MIN_VALUE;
  private Loss own = new Loss();
  private Loss students = new Loss();

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

    static Loss read(DataInput in) throws IOException {
      Loss loss = new Loss();
      loss.events = in.readLong();
      loss.sum = in.readDouble();
      return loss;
    }
  }

  /** A shadow of untrained parameters, whose state is yet to be read. */
  private Shadow(JobSpec job, ArmSpec spec, long seed, MapVersion[] maps) {
    TrainerOptions trainer = job.student().trainer();
    StudentTables tables = new StudentTables(job, spec, seed);
    List<FieldTable> fields = new ArrayList<>();
    for (int f = 0; f < maps.length; f++) {
      FieldTable field = tables.create(f);
      if (maps[f] != null) {
        field.restoreHash(maps[f].toHash());
      }
      fields.add(field);
    }
    this.model = ModelFactory.copy("student", trainer, job.schema().dense().size(), fields, seed);
    this.learner =
        new BatchLearner(model, trainer.batch(), (event, tag, p) -> own.add(event, tag, p));
    this.maps = maps.clone();
  }

  /**
   * Copies a student.
   *
   * @param maps in use, null where a field has none yet
   */
  static Shadow of(Dlrm student, JobSpec job, ArmSpec spec, long seed, MapVersion[] maps) {
    Shadow shadow = new Shadow(job, spec, seed, maps);
    try {
      StateCopy.copy(student::writeState, shadow.model::readState);
    } catch (IOException e) {
      throw new IllegalStateException("a copy in memory failed", e);
    }
    return shadow;
  }

  /** Version of the newest of some maps, 0 without one. */
  static int newest(MapVersion[] maps) {
    int newest = 0;
    for (MapVersion map : maps) {
      newest = map == null ? newest : Math.max(newest, map.version());
    }
    return newest;
  }

  /** The maps it keeps; null where a field had none. */
  MapVersion[] maps() {
    return maps;
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

  /** Learns what has gathered, be it less than a batch. */
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

  /** What came of it. */
  SwitchLine line(String arm, long seed, int mapVersion) {
    return new SwitchLine(
        arm, seed, time, mapVersion, newest(maps), own.events, students.mean(), own.mean());
  }

  /** Writes all but the maps, which are the owner's. */
  void writeState(DataOutput out) throws IOException {
    out.writeLong(time);
    own.write(out);
    students.write(out);
    learner.writeState(out);
  }

  /** Reads what {@link #writeState} wrote of a shadow with these maps. */
  static Shadow read(DataInput in, JobSpec job, ArmSpec spec, long seed, MapVersion[] maps)
      throws IOException {
    Shadow shadow = new Shadow(job, spec, seed, maps);
    shadow.time = in.readLong();
    shadow.own = Loss.read(in);
    shadow.students = Loss.read(in);
    shadow.learner.readState(in);
    return shadow;
  }

  @Override
  public void close() {
    model.close();
  }
}
