package io.millrace.serving.http;

import io.millrace.event.Schema;
import io.millrace.serving.Scorer;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/**
 * Compares the predictions of arms with those of a shadow arm for the same events, after the answer
 * is on its way. Under load requests are left out. Thread-safe.
 */
final class ShadowScores {

  /** Sums over the events of one arm; a difference is the shadow's prediction less the arm's. */
  private static final class Sums {
    private final LongAdder events = new LongAdder();
    private final DoubleAdder differences = new DoubleAdder();
    private final DoubleAdder distances = new DoubleAdder();
  }

  private final Map<String, Sums> byArm = new ConcurrentSkipListMap<>();
  private final Map<String, LongAdder> leftOut = new ConcurrentSkipListMap<>();

  /** Scores events with the shadow arm, and adds the differences. */
  void compare(Scored scored, Scorer shadow) {
    if (!sameColumns(scored.scorer(), shadow)) {
      leaveOut("other_columns");
      return;
    }
    float[] p = scored.predictions(shadow);
    String arm = scored.scorer().model().manifest().origin().arm();
    Sums sums = byArm.computeIfAbsent(arm, a -> new Sums());
    for (int i = 0; i < p.length; i++) {
      double difference = (double) p[i] - scored.prediction(i);
      sums.differences.add(difference);
      sums.distances.add(Math.abs(difference));
    }
    sums.events.add(p.length);
  }

  private static boolean sameColumns(Scorer one, Scorer other) {
    Schema a = one.model().model().schema();
    Schema b = other.model().model().schema();
    return a.fingerprint() == b.fingerprint() && a.missing().equals(b.missing());
  }

  /** Counts a request that the shadow arm does not score. */
  void leaveOut(String reason) {
    leftOut.computeIfAbsent(reason, r -> new LongAdder()).increment();
  }

  /** Writes the sums. */
  void write(PrometheusText text) {
    text.metric("shadow_events_total", "counter", "events that the shadow arm scored too");
    byArm.forEach((arm, sums) -> text.sample(sums.events.sum(), "arm", arm));
    text.metric("shadow_difference_sum", "gauge", "sum of the shadow's predictions less the arm's");
    byArm.forEach((arm, sums) -> text.sample(sums.differences.sum(), "arm", arm));
    text.metric("shadow_distance_sum", "counter", "sum of the absolute differences");
    byArm.forEach((arm, sums) -> text.sample(sums.distances.sum(), "arm", arm));
    text.metric("shadow_left_out_total", "counter", "requests the shadow arm did not score");
    leftOut.forEach((reason, n) -> text.sample(n.sum(), "reason", reason));
  }
}
