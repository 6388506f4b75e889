package io.millrace.tests.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tests.bench.BenchResults;
import io.millrace.tests.chain.Freshness.Delay;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * From an event in Kafka to a served score that has learned from it, with default settings, through
 * broker, job and server on one machine. Target: p99 under 2 s where events fill a batch in a
 * fraction of a second. {@code -Dbench.probes} and {@code -Dbench.rate} (events a second) change
 * what is measured.
 */
@Tag("bench")
class FreshnessBench {

  private static final int PROBES = Integer.getInteger("bench.probes", 200);
  private static final int RATE = Integer.getInteger("bench.rate", 500);
  private static final double TARGET_SECONDS = 2;

  @TempDir Path folder;

  @Test
  void fromEventToScore() throws Exception {
    try (Chain chain = new Chain(folder, "");
        UpdateLog log = new UpdateLog(chain.kafka());
        Traffic traffic = new Traffic(chain.kafka(), RATE, Traffic.BATCH)) {
      Chain.until("updates are served", chain::appliesUpdates);
      new Freshness(chain, traffic, log, Traffic.BATCH).measure(PROBES / 10); // warms up
      Freshness freshness = new Freshness(chain, traffic, log, Traffic.BATCH);
      List<Delay> delays = freshness.measure(PROBES);
      double[] own = freshness.ownMetrics();
      System.out.printf(
          Locale.ROOT,
          "%n%d probes, %d events a second%n%sthe server's age %.2f s, the student's lag %.2f s%n",
          PROBES,
          RATE,
          Freshness.table(delays),
          own[0],
          own[1]);
      double median = Freshness.quantile(delays, Delay::total, 0.5);
      double p99 = Freshness.quantile(delays, Delay::total, 0.99);
      BenchResults.add(FreshnessBench.class, "event to score, p50", median, "s");
      BenchResults.add(FreshnessBench.class, "event to score, p99", p99, "s");
      double fill = (double) Traffic.BATCH / RATE; // which a low rate makes most of it
      assertThat(p99).isLessThan(fill > 0.5 ? TARGET_SECONDS + fill : TARGET_SECONDS);
    }
  }
}
