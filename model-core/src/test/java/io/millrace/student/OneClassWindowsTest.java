package io.millrace.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.Warning;
import io.millrace.metric.Metrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Law: the first window of one class is named, and later ones ever more rarely. */
class OneClassWindowsTest {

  private final OneClassWindows windows = new OneClassWindows("click");
  private final List<Integer> warned = new ArrayList<>();
  private int day;
  private Warning last;

  private void window(long events, long positives) {
    Metrics metrics = new Metrics(events, positives, .5, .5, 1, 1);
    long start = 86_400_000L * day++;
    windows
        .add(
            new MetricLine(
                "a",
                7,
                start,
                start + 86_400_000,
                metrics,
                List.of(),
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                Map.of()))
        .ifPresent(
            warning -> {
              last = warning;
              warned.add(day);
            });
  }

  @Test
  void onlyChangesAreNamed() {
    window(9, 3);
    window(0, 0); // empty windows have no class
    assertThat(warned).isEmpty();
    for (int i = 0; i < 5; i++) {
      window(40, 0);
    }
    assertThat(warned).containsExactly(3);
    assertThat(last)
        .isEqualTo(
            new Warning(
                Warning.Kind.ONE_CLASS,
                3 * 86_400_000L,
                null,
                "window 1970-01-03T00:00:00Z",
                40,
                "click: 0 of 40 positive in the window from 1970-01-03T00:00:00Z, which has no AUC"
                    + " and NE: so in 1 of 2 windows so far; see schema.label and windows.size"));
    window(40, 40);
    assertThat(warned).containsExactly(3, 8);
  }

  @Test
  void windowsOfFewEventsDoNotFloodTheTerminal() {
    for (int i = 0; i < 4_000; i++) {
      window(3, i % 2);
    }
    assertThat(warned).hasSize(11); // changes 1, 2, 4, ... 1,024 of 2,000
  }
}
