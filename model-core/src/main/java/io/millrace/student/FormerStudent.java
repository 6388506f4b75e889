package io.millrace.student;

import io.millrace.dlrm.BatchLearner;
import io.millrace.dlrm.StateCopy;
import io.millrace.dlrm.Transplant;
import io.millrace.event.SchemaChange;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.watch.Refreshes;
import java.io.DataInput;
import java.io.IOException;
import java.util.Optional;

/**
 * Lets a student go on from the state of a job that had other columns: a student of that job reads
 * the state, and what it has learned moves into the new one ({@link Transplant}).
 *
 * <ul>
 *   <li>Events that wait, in a batch, until their turn, for maps or in the gate of publishing, are
 *       moved to the new columns; a new one is missing in them.
 *   <li>Maps of kept fields stay in use. Those of a new field are due from the first sub-window on
 *       that has no event of the state.
 *   <li>Metrics of the open window go on. A trial of maps begins anew; a comparison with a shadow
 *       ends without a result.
 * </ul>
 */
public final class FormerStudent {

  private FormerStudent() {}

  /**
   * Checks that an arm can go on with other columns.
   *
   * @throws IllegalArgumentException with the arm, the rule and what to do
   */
  public static void check(ArmSpec arm, SchemaChange change) {
    Optional<String> obstacle = obstacle(arm, change);
    if (obstacle.isPresent()) {
      throw new IllegalArgumentException(
          "arm %s: %s; put the columns back, or give the arm another name, under which it starts anew"
              .formatted(arm.name(), obstacle.get()));
    }
  }

  /** Why an arm cannot go on with other columns; empty if it can, or they are the same. */
  static Optional<String> obstacle(ArmSpec arm, SchemaChange change) {
    if (change.none()) {
      return Optional.empty();
    }
    String columns = "added: %s, dropped: %s".formatted(change.added(), change.dropped());
    if (arm.replicas() > 1) {
      return Optional.of(
          "replicas must be 1 where columns change (%s), as replicas hold changes of models with the former ones, but was %d"
              .formatted(columns, arm.replicas()));
    }
    if (!arm.options().tables().maskFrom().isEmpty()) {
      return Optional.of(
          "columns must stay (%s) in an arm with mask_from, whose masks are those of a model with the former ones"
              .formatted(columns));
    }
    return arm.hash() == ArmSpec.Hash.NONE ? Optional.empty() : Transplant.obstacle(change);
  }

  /**
   * Reads the state of a student of another job.
   *
   * @param student has learned nothing
   * @param former the job of the state: today's, but for its columns and the sizes of their tables
   * @param format of the state, one of {@link Student#READABLE}
   * @throws IllegalArgumentException if the student cannot go on with its columns, see {@link
   *     #check}
   */
  public static void read(Student student, JobSpec former, int format, DataInput in)
      throws IOException {
    SchemaChange change = SchemaChange.between(former.schema(), student.job().schema());
    check(student.spec(), change);
    try (Student saved = reader(former, student)) {
      saved.readState(format, in);
      move(saved, student, change);
    }
  }

  /** A student that only reads state: it is given no event. */
  private static Student reader(JobSpec job, Student student) {
    Student.Listener nobody =
        new Student.Listener() {
          @Override
          public void metrics(MetricLine line) {}

          @Override
          public void publish(Student student, Student.PublishCause cause) {}
        };
    return new Student(
        job,
        student.spec(),
        student.seed(),
        (spec, f, s) -> null,
        Refreshes.ofWindows(job.mapGrid()),
        nobody);
  }

  private static void move(Student from, Student to, SchemaChange change) throws IOException {
    SchemaChange.Mover mover = change.mover();
    Transplant.move(from.model(), to.model(), change);
    ((BatchLearner) to.learner).take((BatchLearner) from.learner, mover::move);
    to.steps.take(from.steps, mover::move);
    to.maps.take(from.maps, change, to.comparison.take(from.comparison), to.steps.reached());
    to.gate.take(from.gate, mover::move);
    StateCopy.copy(from.schedule::writeState, to.schedule::readState);
    StateCopy.copy(from.losses::writeState, to.losses::readState);
    to.metrics = from.metrics;
    to.sketch = from.sketch;
    to.firstEventTime = from.firstEventTime;
    to.lastEventTime = from.lastEventTime;
    to.warnings.restored(to.skipped(), to.steps.early(), to.steps.outOfOrder());
  }
}
