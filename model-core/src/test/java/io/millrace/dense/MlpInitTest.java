package io.millrace.dense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class MlpInitTest {
  private static final MlpSpec SPEC = new MlpSpec(List.of(200, 300, 4000, 2), true);

  // Law: weights of mean 0 and variance 2 / (in + out), biases 0.
  @Test
  void variancesAreThoseOfDlrm() {
    float[][] parameters = MlpInit.draw(SPEC, 1);
    assertVariance(parameters[0], 2.0 / 500, .02);
    assertVariance(parameters[2], 2.0 / 4300, .01);
    assertThat(parameters[3]).containsOnly(0f);
  }

  // Law: equal seeds give equal bits; layers and seeds are independent.
  @Test
  void equalSeedsGiveEqualBits() {
    float[][] parameters = MlpInit.draw(SPEC, 1);
    assertThat(MlpInit.draw(SPEC, 1)).isEqualTo(parameters);
    assertThat(MlpInit.draw(SPEC, 2)[0]).isNotEqualTo(parameters[0]);
    MlpSpec square = new MlpSpec(List.of(9, 9, 9), false);
    float[][] two = MlpInit.draw(square, 1);
    assertThat(two[2]).isNotEqualTo(two[0]);
  }

  private static void assertVariance(float[] values, double variance, double tolerance) {
    double sum = 0;
    double squares = 0;
    for (float value : values) {
      sum += value;
      squares += (double) value * value;
    }
    assertThat(squares / values.length).isCloseTo(variance, within(tolerance * variance));
    double standardError = Math.sqrt(variance / values.length);
    assertThat(sum / values.length).isCloseTo(0, within(4 * standardError));
  }
}
