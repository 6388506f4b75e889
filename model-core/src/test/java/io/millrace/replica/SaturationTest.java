package io.millrace.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SaturationTest {

  private static double factor(double... exponents) {
    Saturation saturation = new Saturation();
    saturation.add(7); // of another row
    saturation.clear();
    for (double exponent : exponents) {
      saturation.add(exponent);
    }
    return saturation.factor();
  }

  // by hand: two halves of an error are three quarters in turn; a half and three quarters are seven
  // eighths
  @Test
  void isWhatReplicasWouldCorrectInTurn() {
    double half = Math.log(2);
    assertThat(factor(half, half)).isCloseTo(.75, within(1e-12));
    assertThat(factor(half, 2 * half)).isCloseTo(.875 / 1.25, within(1e-12));
  }

  // law: between a sum, where little is corrected, and a mean, where all is
  @Test
  void goesFromTheSumToTheMean() {
    assertThat(factor()).isEqualTo(1);
    assertThat(factor(0, 0)).isEqualTo(1);
    assertThat(factor(1e-20, 1e-20, 1e-20)).isCloseTo(1, within(1e-12));
    assertThat(factor(99, 99, 99, 99)).isCloseTo(.25, within(1e-12));
  }
}
