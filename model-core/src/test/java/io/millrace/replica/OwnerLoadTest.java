package io.millrace.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.spec.ReplicaOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.stream.SmallJob;
import java.util.List;
import org.junit.jupiter.api.Test;

class OwnerLoadTest {

  private static JobSpec job(int replicas, int exchangeMs) {
    JobSpec job = SmallJob.job(true, 10, 0);
    List<ArmSpec> arms =
        job.arms().stream()
            .filter(arm -> arm.name().equals("modulo"))
            .map(arm -> arm.with(ArmSpec::replicas, replicas))
            .toList();
    ReplicaOptions options = new ReplicaOptions(exchangeMs, 1, 1);
    return job.with(JobSpec::arms, arms)
        .with(JobSpec::student, job.student().with(StudentOptions::replicas, options));
  }

  private static double cores(int replicas, int exchangeMs, double rate) {
    JobSpec job = job(replicas, exchangeMs);
    return OwnerLoad.cores(job, job.arms().get(0), replicas, rate);
  }

  // law: more events, more replicas and shorter intervals take more
  @Test
  void growsWithEventsReplicasAndExchanges() {
    double cores = cores(4, 100, 50_000);
    assertThat(cores(4, 100, 100_000)).isGreaterThan(cores);
    assertThat(cores(8, 100, 50_000)).isGreaterThan(cores);
    assertThat(cores(4, 50, 50_000)).isGreaterThan(cores);
  }

  // law: with long intervals, what is left is to deal each field of each event
  @Test
  void dealsEachEvent() {
    JobSpec job = job(4, 1_000_000);
    int fields = job.schema().fields().size();
    assertThat(cores(4, 1_000_000, 400_000)).isBetween(.1 * fields, .101 * fields);
  }

  // law: it names the most replicas that take half a core, if any do
  @Test
  void warnsWithTheMostReplicas() {
    assertThat(OwnerLoad.warnings(job(8, 100), 10_000, 1_000)).isEmpty();
    int most = 2;
    while (cores(most + 1, 1, 20_000) <= .5) {
      most++;
    }
    assertThat(OwnerLoad.warnings(job(1_000, 1), 20_000, 1_000))
        .singleElement()
        .asString()
        .startsWith("the student of arm modulo takes about ")
        .contains(" for its 1000 replicas at the 20,000 events a second of this sample")
        .endsWith(
            "arms[].replicas must be <= %d, or student.exchange longer; see docs/scaling.md"
                .formatted(most));
    assertThat(OwnerLoad.warnings(job(2, 100), 100_000_000, 1_000))
        .singleElement()
        .asString()
        .endsWith(
            "fewer replicas take as much, as it deals every event itself; see docs/scaling.md");
  }

  // law: an arm in one place, or a sample of one moment, has no warning
  @Test
  void saysNothingWithoutReplicas() {
    assertThat(OwnerLoad.warnings(job(1, 100), 100_000_000, 1_000)).isEmpty();
    assertThat(OwnerLoad.warnings(job(2, 100), 100_000_000, 0)).isEmpty();
  }
}
