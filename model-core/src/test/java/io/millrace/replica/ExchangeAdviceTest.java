package io.millrace.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.ReplicaOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.stream.SmallJob;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Of a job whose windows are {@link SmallJob#DAY}, 1 s. */
class ExchangeAdviceTest {

  private static JobSpec job(int exchangeMs) {
    JobSpec job = SmallJob.job(true, 10, 0);
    List<ArmSpec> arms =
        job.arms().stream()
            .filter(arm -> List.of("full", "full-pep", "modulo", "double").contains(arm.name()))
            .map(arm -> arm.name().equals("modulo") ? arm.with(ArmSpec::replicas, 4) : arm)
            .toList();
    ReplicaOptions options = new ReplicaOptions(exchangeMs, 1, 1);
    return job.with(JobSpec::arms, arms)
        .with(JobSpec::student, job.student().with(StudentOptions::replicas, options));
  }

  private static String advice(int exchangeMs, long events, long spanMs) {
    return ExchangeAdvice.lines(job(exchangeMs), events, spanMs).get(2).substring(25);
  }

  // law: 4 replicas of a stream of 100 events a ms learn 25 of them a ms
  @Test
  void countsEventsOfAnIntervalAndReplica() {
    assertThat(ExchangeAdvice.lines(job(40), 100_000, 1_000))
        .containsExactly(
            "arm full                 1 replica, the most with hash full, whose rows have no bound",
            "arm full-pep             1 replica, the most with hash full, whose rows have no bound",
            "arm modulo               4 replicas, about 1,000 events of each between two exchanges",
            "arm double               1 replica");
  }

  // law: far from 1,000 events, a length that divides the windows is proposed
  @Test
  void proposesALengthThatDividesTheWindows() {
    String each = " events of each between two exchanges";
    assertThat(advice(50, 100_000, 1_000)).isEqualTo("4 replicas, about 1,250" + each);
    assertThat(advice(200, 100_000, 1_000))
        .isEqualTo("4 replicas, about 5,000" + each + "; student.exchange: 40ms gives about 1,000");
    assertThat(advice(10, 90_000, 1_000))
        .isEqualTo("4 replicas, about 225" + each + "; student.exchange: 40ms gives about 900");
    assertThat(advice(500, 1_000, 1_000))
        .isEqualTo("4 replicas, about 125" + each + "; student.exchange: 1s gives about 250");
    assertThat(advice(1_000, 1_000, 1_000)).isEqualTo("4 replicas, about 250" + each);
  }

  // law: a job without replicas, or a sample of one moment, has no line
  @Test
  void saysNothingWithoutReplicas() {
    assertThat(ExchangeAdvice.lines(SmallJob.job(true, 10, 0), 1_000, 1_000)).isEmpty();
    assertThat(ExchangeAdvice.lines(job(40), 1_000, 0)).isEmpty();
  }
}
