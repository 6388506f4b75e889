package io.millrace.student;

import io.millrace.dlrm.BatchLearner;
import io.millrace.hash.MapVersion;
import io.millrace.metric.FrequencySketch;
import io.millrace.metric.WindowMetrics;
import io.millrace.replica.ReplicatedLearner;
import io.millrace.table.FrozenState;
import io.millrace.time.Sequencer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Set;

/**
 * The bytes of a student's state, in this and earlier formats. Each component writes itself; this
 * class fixes their order:
 *
 * <pre>
 * maps that are due, from when on it is live | versions published | i64 time of the first event | i64 of the last |
 * held until their turn | held back | for each field: map in use, map offered, i32 newest tried, i64 from when on its maps are due |
 * i32 replicas | half-filled batch and model, or state of replicas | window's metrics |
 * losses of sub-windows | frequency sketch | comparison with a shadow or candidate |
 * gate of publishing
 * </pre>
 *
 * <p>Format 15 knew no fields that were added to the job. Format 14 knew no students that wait for
 * maps until they are live. Format 13 knew one replica only. Format 12 knew neither trials that
 * begin anew, nor since when figures of the gate may be out of date. Format 11 knew neither trials
 * of maps nor the gate, which begins empty. Format 10 held no late events. Format 9 knew no order
 * but that of arrival. Format 8 had at most one pane whose maps were due. Format 5 also lacked
 * watermarks among the steps held back, the losses and the comparison; these begin empty.
 */
final class StudentState {

  /** Format that is written. */
  static final int FORMAT = 16;

  private static final int SAME_FIELDS = 15;
  private static final int ALWAYS_OR_NEVER = 14;
  private static final int ONE_REPLICA = 13;
  private static final int WITHOUT_RESTARTS = 12;
  private static final int WITHOUT_TRIALS = 11;
  private static final int ON_TIME_ONLY = 10;
  private static final int BY_ARRIVAL = 9;
  private static final int WITHOUT_SUB_WINDOWS = 8;
  private static final int WITHOUT_LOSSES = 5;

  /** Formats that can be read. */
  static final Set<Integer> READABLE =
      Set.of(
          WITHOUT_LOSSES,
          WITHOUT_SUB_WINDOWS,
          BY_ARRIVAL,
          ON_TIME_ONLY,
          WITHOUT_TRIALS,
          WITHOUT_RESTARTS,
          ONE_REPLICA,
          ALWAYS_OR_NEVER,
          SAME_FIELDS,
          FORMAT);

  private StudentState() {}

  static void write(Student student, DataOutput out) throws IOException {
    student.maps.writeDue(out);
    student.schedule.writeState(out);
    out.writeLong(student.firstEventTime);
    out.writeLong(student.lastEventTime);
    FrozenState.writeLater(out, student.steps.panes()::write);
    FrozenState.writeLater(out, student.steps.stepsHeldBack()::write);
    student.maps.writeMaps(out);
    out.writeInt(student.learner instanceof ReplicatedLearner several ? several.written() : 1);
    student.learner.writeState(out);
    student.metrics.writeTo(out);
    student.losses.writeState(out);
    student.sketch.writeTo(out);
    student.comparison.writeState(out);
    student.gate.writeState(out);
  }

  static void read(Student student, int format, DataInput in) throws IOException {
    boolean withLosses = format != WITHOUT_LOSSES;
    boolean withTrials = format > WITHOUT_TRIALS;
    if (format < BY_ARRIVAL) {
      student.maps.readDuePane(in);
    } else {
      student.maps.readDue(in, format > ALWAYS_OR_NEVER);
    }
    student.schedule.readState(in);
    student.firstEventTime = in.readLong();
    student.lastEventTime = in.readLong();
    student.steps.readPanes(in, panes(format));
    student.steps.readHeldBack(in, withLosses);
    student.maps.readMaps(in, withTrials, format > SAME_FIELDS);
    readLearner(student, format > ONE_REPLICA ? in.readInt() : 1, in);
    student.maps.fitHashes();
    student.warnings.restored(student.skipped(), student.steps.early(), student.steps.outOfOrder());
    student.metrics = WindowMetrics.readFrom(in);
    if (withLosses) {
      student.losses.readState(in);
    }
    student.sketch = FrequencySketch.readFrom(in);
    if (withLosses) {
      student.comparison.readState(in, withTrials, format > WITHOUT_RESTARTS);
    }
    if (withTrials) {
      student.gate.readState(in, format > WITHOUT_RESTARTS);
    }
  }

  private static void readLearner(Student student, int saved, DataInput in) throws IOException {
    int again = 0;
    if (student.learner instanceof ReplicatedLearner several) {
      if (saved == 1) {
        several.readAlone(in);
      } else {
        again = several.readState(in, saved);
      }
    } else if (saved > 1) {
      ReplicatedLearner.readInto((BatchLearner) student.learner, in, saved);
      again = student.learner.gathered();
    } else {
      student.learner.readState(in);
    }
    student.warnings.replicas(saved, student.spec().replicas(), again, student.lastEventTime);
  }

  private static Sequencer.Layout panes(int format) {
    if (format == ON_TIME_ONLY) {
      return Sequencer.Layout.ON_TIME_ONLY;
    }
    return format < ON_TIME_ONLY ? Sequencer.Layout.BY_ARRIVAL : Sequencer.Layout.NEWEST;
  }

  /** Writes a map as {@code i32 length | bytes}, or -1 for null. */
  static void writeMap(MapVersion map, DataOutput out) throws IOException {
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

  /** Reads what {@link #writeMap} wrote. */
  static MapVersion readMap(DataInput in) throws IOException {
    int length = in.readInt();
    if (length < 0) {
      return null;
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return MapVersion.readFrom(new ByteArrayInputStream(bytes), "state");
  }
}
