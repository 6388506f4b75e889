package io.millrace.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PowersTest {

  @Test
  void agreesWithTheLibrary() {
    for (double base : new double[] {0, .5, .9, .999, 1, 1.0625, 2}) {
      for (long n : new long[] {0, 1, 2, 3, 10, 127, 500}) {
        double expected = StrictMath.pow(base, (double) n);
        assertThat(Powers.power(base, n)).isCloseTo(expected, within((n + 1) * 0x1p-52 * expected));
      }
    }
  }

  @Test
  void farPowersOfADecayVanish() {
    assertThat(Powers.power(.999, 1L << 40)).isZero();
  }

  @Test
  void refusesNegativeExponents() {
    assertThatThrownBy(() -> Powers.power(2, -1)).hasMessage("n must be >= 0 but was -1");
  }
}
