package io.millrace.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.random.Seeds;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.DriftOptions.Detector;
import io.millrace.spec.DriftOptions.Stream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Law: an alert needs a change that is certain and that is at least the kind's least one. */
class WatchedStreamTest {

  private static final double BEFORE = .5874;
  private static final int CALM = 100;
  private static final int AFTER = 200;

  /** Alerts of a stream that rises after {@link #CALM} values; noise is uniform, of this width. */
  private static List<AlertLine> alerts(Stream kind, Detector detector, double rise, double noise) {
    DriftOptions options = new DriftOptions(24, 0, 0, 8, Map.of(kind, List.of(detector)));
    WatchedStream stream = new WatchedStream(options, kind, null, null, 1);
    SplittableRandom random = Seeds.generator(1, "watched-stream", 0);
    List<AlertLine> alerts = new ArrayList<>();
    for (int i = 0; i < CALM + AFTER; i++) {
      double value = BEFORE + (i < CALM ? 0 : rise) + noise * (random.nextDouble() - .5);
      AlertLine alert = stream.add(i, 0, stream.line(i, value), 0);
      if (alert != null) {
        alerts.add(alert);
      }
    }
    return alerts;
  }

  @ParameterizedTest
  @EnumSource(Stream.class)
  void aChangeThatIsTooSmallToMatterIsNoAlert(Stream kind) {
    double least = kind.leastChange(BEFORE);
    for (Detector detector : Detector.values()) {
      assertThat(alerts(kind, detector, .9 * least, .01 * least)).as(detector.key()).isEmpty();
      assertThat(alerts(kind, detector, .0002, 1e-6)).as(detector.key()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Stream.class)
  void aChangeThatMattersIsOneAlertAtOnce(Stream kind) {
    double least = kind.leastChange(BEFORE);
    List<AlertLine> alerts = alerts(kind, Detector.PAGE_HINKLEY, 1.1 * least, .1 * least);
    assertThat(alerts).hasSize(1);
    assertThat(alerts.get(0).time()).isBetween((long) CALM, CALM + 3L);
    assertThat(alerts.get(0).value() - alerts.get(0).before()).isGreaterThanOrEqualTo(least);
  }
}
