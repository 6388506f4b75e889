package io.millrace.tests.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: with default settings a served score has learned from an event within seconds, through
 * broker, job, topic and server. The student's lag on the job's page, and the server's own metric,
 * say the same.
 */
@Timeout(600)
class FreshnessTest {

  private static final int PER_SECOND = 500;
  private static final int PROBES = 12;

  /** For a machine that does other work too; {@link FreshnessBench} has the figures. */
  private static final double BOUND_SECONDS = 10;

  @TempDir Path folder;

  @Test
  void aServedScoreLearnsWithinSeconds() throws Exception {
    try (Chain chain = new Chain(folder, "");
        UpdateLog log = new UpdateLog(chain.kafka());
        Traffic traffic = new Traffic(chain.kafka(), PER_SECOND, Traffic.BATCH)) {
      Chain.until("updates are served", chain::appliesUpdates);
      Freshness freshness = new Freshness(chain, traffic, log, Traffic.BATCH);
      List<Freshness.Delay> delays = freshness.measure(PROBES);
      System.out.print(Freshness.table(delays));
      assertThat(delays).allSatisfy(d -> assertThat(d.total()).isBetween(0.0, BOUND_SECONDS));
      double mean = delays.stream().mapToDouble(Freshness.Delay::total).average().orElseThrow();
      double[] own = freshness.ownMetrics();
      System.out.printf("age, server: %.2f s; lag, student: %.2f s%n", own[0], own[1]);
      // an age at a random moment, and the delay of an event of a random moment, have one mean
      assertThat(own[0]).isBetween(mean / 3, mean * 3);
      // the student has not waited for the timer of updates, nor for Kafka
      assertThat(own[1]).isBetween(0.0, own[0] * 1.5);
    }
  }
}
