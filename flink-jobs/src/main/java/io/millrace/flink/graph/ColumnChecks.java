package io.millrace.flink.graph;

import io.millrace.dlrm.Transplant;
import io.millrace.event.SchemaChange;
import io.millrace.flink.operator.StudentOperator;
import io.millrace.flink.operator.TeacherOperator;
import io.millrace.format.RecordForm;
import io.millrace.jobfile.JobConfig;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.student.FormerStudent;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;

/** Whether a job can go on from a savepoint with other columns. */
final class ColumnChecks {
  private ColumnChecks() {}

  /**
   * Checks what is written in another way with other columns, and cannot be moved.
   *
   * @param job the job file
   * @param spec the job as it goes on
   * @param kept names of trainers in the savepoint; others start anew
   * @throws IllegalArgumentException naming the first thing that cannot go on
   */
  static void check(JobConfig job, JobSpec spec, Set<String> kept, CheckpointMetadata savepoint) {
    SchemaChange change = SchemaChange.between(spec.former().schema(), spec.schema());
    String columns = "added: %s, dropped: %s".formatted(change.added(), change.dropped());
    if (job.kafka().form().kind() == RecordForm.Kind.BINARY) {
      throw new IllegalArgumentException(
          "kafka.value must be json where columns change (%s), as binary records in %s have the columns of the savepoint, but was binary; start a new run with another topic"
              .formatted(columns, job.kafka().topics().events()));
    }
    for (ArmSpec arm : spec.arms()) {
      if (kept.contains(StudentOperator.name(arm))) {
        FormerStudent.check(arm, change);
      }
    }
    if (spec.needsTeacher() && kept.contains(TeacherOperator.name(false))) {
      checkTeacher(change);
    }
    if (savepoint.getOperatorStates().stream().anyMatch(ColumnChecks::holdsRecords)) {
      throw new IllegalArgumentException(
          "--from must be a savepoint where columns change (%s), as this checkpoint is unaligned and holds records with the former ones"
              .formatted(columns));
    }
  }

  private static void checkTeacher(SchemaChange change) {
    Optional<String> obstacle = Transplant.obstacle(change);
    if (obstacle.isPresent()) {
      throw new IllegalArgumentException(
          "teacher: "
              + obstacle.get()
              + "; put the columns back, or start a new run without --from");
    }
  }

  private static boolean holdsRecords(OperatorState operator) {
    return operator.getStates().stream()
        .anyMatch(
            task ->
                !task.getInputChannelState().isEmpty()
                    || !task.getResultSubpartitionState().isEmpty());
  }
}
