package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.ClickEvent;
import io.millrace.metric.FrequencyBucket;
import io.millrace.metric.Metrics;
import io.millrace.metric.Spectrum;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.JobSpec;
import io.millrace.stream.LoopLog;
import io.millrace.stream.SmallJob;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Law: a student's metrics are those of its events and tables, and of no others. */
class StudentMetricsTest {

  // Law: an event belongs to the bucket of its rarest id, by the events that had this id before.
  @Test
  void bucketsAreThoseOfTheRarestId() {
    List<ClickEvent> events = SmallJob.events(3, 500, 1);
    LoopLog log = LoopLog.run(events, SmallJob.job(true, 10, 0), 7);
    Map<Long, Integer> seen = new HashMap<>();
    long[][] expected = new long[3][FrequencyBucket.COUNT];
    for (int i = 0; i < events.size(); i++) {
      int rarest = Integer.MAX_VALUE;
      for (long id : events.get(i).ids()) {
        rarest = Math.min(rarest, seen.merge(id, 1, Integer::sum) - 1);
      }
      expected[i / 500][FrequencyBucket.of(rarest)]++;
    }
    for (MetricLine line : log.lines) {
      int day = (int) (line.windowStart() / SmallJob.DAY);
      assertThat(line.byBucket()).extracting(Metrics::events).containsExactly(boxed(expected[day]));
    }
    assertThat(log.lines).anyMatch(line -> line.byBucket().get(2).events() > 0);
  }

  private static Long[] boxed(long[] values) {
    return LongStream.of(values).boxed().toArray(Long[]::new);
  }

  // Law: a job with a factorised arm reports the singular values of all its arms' tables; other
  // jobs
  // report none.
  @Test
  void factorisedJobsReportTheirSingularValues() {
    List<ClickEvent> events = SmallJob.events(2, 500, 1);
    JobSpec job = SmallJob.job(true, 10, 0);
    for (MetricLine line : LoopLog.run(events, job, 7).lines) {
      assertThat(line.tables().keySet()).containsExactly("big", "small");
      Spectrum big = line.tables().get("big").spectrum();
      assertThat(big.of()).as(line.arm()).isEqualTo(line.arm().endsWith("concat") ? 2 : 4);
      assertThat(big.effectiveRank()).as(line.arm()).isBetween(1., (double) big.of());
    }
    List<ArmSpec> plain =
        job.arms().stream().filter(a -> a.table() == ArmSpec.Table.PLAIN).toList();
    JobSpec unfactorised = job.with(JobSpec::arms, plain);
    assertThat(LoopLog.run(events, unfactorised, 7).lines)
        .allMatch(line -> line.tables().isEmpty());
  }

  // Law: arms of short or pruned rows report their sizes: two floats a row, the weights left, and
  // as many bytes in all tables as in the arm.
  @Test
  void shortAndPrunedTablesReportTheirSizes() {
    for (MetricLine line :
        LoopLog.run(SmallJob.events(3, 500, 1), SmallJob.job(true, 10, 0), 7).lines) {
      TableFigures big = line.tables().get("big");
      assertThat(line.tables().values().stream().mapToLong(TableFigures::bytes).sum())
          .isEqualTo(line.embeddingBytes());
      assertThat(big.width().isPresent()).isEqualTo(line.arm().endsWith("mixed"));
      assertThat(big.pruning().isPresent()).isEqualTo(line.arm().endsWith("pep"));
      if (line.arm().endsWith("pep")) {
        TableFigures.Pruning small = line.tables().get("small").pruning().orElseThrow();
        assertThat(small).isEqualTo(new TableFigures.Pruning(5 * 4, 5 * 4));
        TableFigures.Pruning pruning = big.pruning().orElseThrow();
        double left = (double) pruning.left() / pruning.weights();
        assertThat(left).as(line.arm()).isBetween(.2, .99);
        assertThat(big.bytes()).isBetween(4 * pruning.left(), 4 * pruning.weights());
      }
      big.width().ifPresent(width -> assertThat(width).isEqualTo(2));
    }
  }
}
