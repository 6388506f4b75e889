package io.millrace.counts;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.WindowSpec;
import io.millrace.spec.CountOptions;
import io.millrace.time.MapGrid;
import org.junit.jupiter.api.Test;

class CountRulesTest {

  // law: at the end of a whole pane the factor is that of panes of one sub-window, to the bit;
  // inside
  // one,
  // factors of sub-windows grow less by equal ratios
  @Test
  void theFactorOfAPanesLastPartIsThatOfThePane() {
    CountRules whole = new CountRules(.9, 10, 1, 0, 1);
    for (int perPane : new int[] {1, 3, 7, 24}) {
      CountRules rules = new CountRules(.9, 10, 1, 0, perPane);
      for (long pane = -3; pane < 40; pane++) {
        assertThat(rules.factor(-4, rules.lastSubWindow(pane))).isEqualTo(whole.factor(-4, pane));
        assertThat(rules.pane(rules.lastSubWindow(pane))).isEqualTo(pane);
      }
    }
    CountRules halves = new CountRules(.25, 10, 1, 0, 2);
    assertThat(halves.factor(0, 2)).isEqualTo(.5);
    assertThat(halves.factor(0, 3)).isEqualTo(.25);
    assertThat(halves.factor(0, 4)).isEqualTo(.125);
    assertThat(halves.factor(Long.MIN_VALUE, 3)).isEqualTo(1);
    assertThat(new CountRules(1, 10, 1, 0, 2).factor(0, 2)).isEqualTo(1);
  }

  @Test
  void rulesOfAJob() {
    CountOptions options = new CountOptions(.5, 4, 100, 2);
    MapGrid perPane = new MapGrid(new WindowSpec(3000, 1000, 0, 0), 24);
    assertThat(CountRules.of(options, perPane)).isEqualTo(new CountRules(.5, 25, 3, 6, 24));
    MapGrid whole = MapGrid.ofPanes(perPane.windows());
    assertThat(CountRules.of(options, whole)).isEqualTo(new CountRules(.5, 25, 3, 6, 1));
  }
}
