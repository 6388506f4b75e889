package io.millrace.flink.operator;

import io.millrace.maps.TeacherValues;
import io.millrace.spec.JobSpec;
import io.millrace.state.MapPiece;
import io.millrace.state.WatchPiece;
import io.millrace.stream.StageTimer;
import io.millrace.student.StateFacts;
import io.millrace.teacher.Teacher;
import io.millrace.watch.Losses;
import java.io.DataInput;
import java.io.IOException;
import java.util.Set;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * A teacher: learns from a sample of the events, and emits its vectors when a pane ends or maps are
 * built within it. Parallelism 1.
 *
 * <p>Events and watermarks after a sub-window are held back until the decision whether maps are
 * built at its end; barriers pass meanwhile. The first teacher reports its losses to the watch.
 */
public final class TeacherOperator extends LearnerOperator<Teacher, MapPiece> {
  private static final long serialVersionUID = 1L;

  /** Formats of the state that can be read. */
  public static final Set<Integer> READABLE = Teacher.READABLE;

  private final JobSpec job;
  private final boolean second;
  private final long seed;
  private final boolean byDrift;

  /**
   * A teacher that has learned nothing.
   *
   * @param second whether it is the one that measures the floor of map agreement
   * @param source where decisions about maps come from
   */
  public TeacherOperator(
      StreamOperatorParameters<MapPiece> parameters,
      JobSpec job,
      boolean second,
      long seed,
      RefreshDecisions.Source source) {
    super(
        parameters,
        name(second),
        StageTimer.TEACHER,
        Teacher.FORMAT,
        READABLE,
        source,
        job.watchGrid());
    this.job = job;
    this.second = second;
    this.seed = seed;
    this.byDrift = source.byDrift();
  }

  /** Name of the first or second teacher, in seeds, state and the graph. */
  public static String name(boolean second) {
    return second ? "teacher-2" : "teacher";
  }

  @Override
  StateFacts facts() {
    return StateFacts.ofTeacher(job);
  }

  @Override
  Teacher create() {
    return new Teacher(job, name(second), seed, refreshes, new Pieces());
  }

  @Override
  void readFormer(JobSpec former, int format, DataInput in) throws IOException {
    learner.readFormer(format, in, former);
  }

  /** Emits the pieces that maps are built from, and after them the watermark. */
  private final class Pieces implements Teacher.Listener {
    private long passed = Long.MIN_VALUE;

    @Override
    public void values(int field, long subWindow, boolean builds, TeacherValues values) {
      output.collect(
          new StreamRecord<>(
              MapPiece.of(job.schema().number(field), subWindow, builds, second, values),
              job.mapGrid().end(subWindow) - 1));
    }

    @Override
    public void losses(Losses losses, long knownIn) {
      if (!second) {
        WatchOperator.emit(output, WatchPiece.ofTeacher(losses, knownIn));
      }
    }

    @Override
    public void complete(long subWindow) {
      if (!second && byDrift) {
        WatchOperator.emit(output, WatchPiece.complete(subWindow));
      }
    }

    @Override
    public void passed(long watermark) {
      if (watermark > passed) {
        passed = watermark;
        try {
          forward(new Watermark(watermark));
        } catch (Exception e) {
          throw new IllegalStateException("the teacher cannot emit watermark " + watermark, e);
        }
      }
    }
  }
}
