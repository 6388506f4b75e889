package io.millrace.flink.operator;

import io.millrace.maps.TeacherValues;
import io.millrace.spec.JobSpec;
import io.millrace.state.MapPiece;
import io.millrace.state.WatchPiece;
import io.millrace.stream.StageTimer;
import io.millrace.student.StateFacts;
import io.millrace.teacher.Teacher;
import io.millrace.watch.Losses;
import java.util.Set;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * A teacher: learns from every event and emits its vectors when a pane ends, and within it when
 * maps are built. Parallelism 1.
 *
 * <p>Until it is decided whether maps are built at a sub-window's end, what comes after it is held
 * back, watermarks too, so that barriers pass meanwhile. The first teacher reports its losses to
 * the watch.
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
   * @param source where it is decided when maps are built
   */
  public TeacherOperator(
      StreamOperatorParameters<MapPiece> parameters,
      JobSpec job,
      boolean second,
      long seed,
      RefreshDecisions.Source source) {
    super(parameters, name(second), StageTimer.TEACHER, Teacher.FORMAT, READABLE, source);
    this.job = job;
    this.second = second;
    this.seed = seed;
    this.byDrift = source.byDrift();
  }

  /** Name of the first or second teacher, in seeds, state and operators. */
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

  /** Emits what maps are built from, and then the watermark that they precede. */
  private final class Pieces implements Teacher.Listener {
    private long passed = Long.MIN_VALUE;

    @Override
    public void values(int field, long subWindow, boolean builds, TeacherValues values) {
      output.collect(
          new StreamRecord<>(
              MapPiece.of(field, subWindow, builds, second, values),
              job.mapGrid().end(subWindow) - 1));
    }

    @Override
    public void losses(Losses losses, long knownIn) {
      if (!second) {
        WatchOperator.send(output, WatchPiece.ofTeacher(losses, knownIn));
      }
    }

    @Override
    public void complete(long subWindow) {
      if (!second && byDrift) {
        WatchOperator.send(output, WatchPiece.complete(subWindow));
      }
    }

    @Override
    public void passed(long watermark) {
      if (watermark > passed) {
        passed = watermark;
        try {
          forward(new Watermark(watermark));
        } catch (Exception e) {
          throw new IllegalStateException("the teacher cannot pass " + watermark, e);
        }
      }
    }
  }
}
