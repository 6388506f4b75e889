package io.millrace.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class BaselineTest {

  private static Baseline of(double... values) {
    Baseline baseline = new Baseline(4, 2, 2);
    for (double value : values) {
      baseline.add(value);
    }
    return baseline;
  }

  // the newest two are left out, and of the rest the newest four are used
  @Test
  void scoresByTheValuesBeforeTheGuard() {
    assertThat(of(1, 3, 9).ready()).isFalse();
    assertThat(of(1, 3, 9).mean()).isNaN();
    assertThat(of(1, 3, 9, 9).mean()).isEqualTo(2);
    assertThat(of(7, 8, 1, 3, 1, 3, 100, -100).mean()).isEqualTo(2);
    double spread = Math.sqrt(4 / 3.0 * 1.25);
    assertThat(of(1, 3, 1, 3, 9, 9).score(5, 0)).isCloseTo(3 / spread, within(1e-12));
  }

  // Law: the score does not depend on the unit, unless the sampling variance is larger.
  @Test
  void isInUnitsOfTheSpread() {
    double score = of(1, 3, 1, 3, 9, 9).score(5, .1);
    assertThat(of(1000, 3000, 1000, 3000, 9, 9).score(5000, .1)).isCloseTo(score, within(1e-12));
    assertThat(of(1, 3, 1, 3, 9, 9).score(5, 16)).isCloseTo(3 / Math.sqrt(20), within(1e-12));
    assertThat(of(2, 2, 2, 2, 9, 9).score(2, 0)).isZero();
    assertThat(of(2, 2, 2, 2, 9, 9).score(3, 0)).isInfinite();
  }

  @Test
  void refusesWhatCannotBe() {
    assertThatThrownBy(() -> new Baseline(4, 2, 1))
        .hasMessage("a baseline must have 2 <= least <= length and guard >= 0 but had 1, 4, 2");
    assertThatThrownBy(() -> of(Double.NaN))
        .hasMessage("a watched value must be finite but was NaN");
  }
}
