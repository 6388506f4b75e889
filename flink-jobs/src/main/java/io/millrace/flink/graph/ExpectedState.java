package io.millrace.flink.graph;

import io.millrace.flink.operator.LineFileOperator;
import io.millrace.flink.operator.ReplicaOperator;
import io.millrace.flink.operator.StudentOperator;
import io.millrace.flink.operator.TeacherOperator;
import io.millrace.flink.operator.TotalsOperator;
import io.millrace.flink.operator.WatchOperator;
import io.millrace.kafka.Topics;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.student.StateFacts;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a job expects of one operator's raw state in a savepoint.
 *
 * @param formats formats of the state that can be read
 * @param facts the settings that its layout depends on; null for an operator that every job has and
 *     whose layout is not compared
 */
record ExpectedState(Set<Integer> formats, StateFacts facts) {

  /**
   * What a job expects of all its operators, by the name in their state.
   *
   * @param seed root seed of the job
   */
  static Map<String, ExpectedState> of(JobSpec job, Topics topics, long seed) {
    Map<String, ExpectedState> expected = new LinkedHashMap<>();
    expected.put(
        LineFileOperator.NAME,
        new ExpectedState(LineFileOperator.READABLE, StateFacts.ofJob(job, seed, topics.events())));
    expected.put(WatchOperator.NAME, new ExpectedState(WatchOperator.READABLE, null));
    expected.put(TotalsOperator.DENSE, new ExpectedState(Set.of(TotalsOperator.FORMAT), null));
    for (ArmSpec arm : job.arms()) {
      expected.put(
          StudentOperator.name(arm),
          new ExpectedState(StudentOperator.READABLE, StateFacts.ofStudent(job, arm)));
      for (int r = 0; arm.replicas() > 1 && r < arm.replicas(); r++) {
        expected.put(
            ReplicaOperator.name(arm, r),
            new ExpectedState(ReplicaOperator.READABLE, StateFacts.ofStudent(job, arm)));
      }
    }
    for (boolean second : MillraceJob.teachersOf(job)) {
      expected.put(
          TeacherOperator.name(second),
          new ExpectedState(TeacherOperator.READABLE, StateFacts.ofTeacher(job)));
    }
    return expected;
  }
}
