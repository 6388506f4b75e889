package io.millrace.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.linear.LinearOptions;
import io.millrace.linear.LinearPart;
import io.millrace.linear.LinearSlots;
import java.util.List;
import org.junit.jupiter.api.Test;

class SaturatingGradientsTest {

  /** Ten slots, and the bias as the eleventh; an event has an id and the bias. */
  private static final LinearSlots SLOTS = new LinearSlots(10, 1, 0, 8);

  private static SaturatingGradients merge(double l1) {
    LinearOptions options =
        new LinearOptions(10, 0, 1, 1, l1, 1, 8, LinearOptions.Precision.FLOAT32);
    return new SaturatingGradients(new LinearPart(SLOTS, options));
  }

  // law: the change of one replica is added as it is, to the bit
  @Test
  void oneChangeIsAddedAsItIs() {
    float[] slot = {.3f, .7f};
    List<float[]> deltas = List.of(new float[] {9, .1f, .2f}, new float[0], new float[2]);
    merge(0).add(5, slot, 0, deltas, new int[] {1, -1, -1});
    assertThat(slot).containsExactly(.3f + .1f, .7f + .2f);
  }

  // by hand: n = 0 and z = 2 give a rate of 1/2 and a weight of -1. Gradients of 3 - 1 and 5 - 1,
  // squares of 1 each: both replicas correct 1 - 1/e, in turn 1 - 1/e^2, which is (1 + 1/e) / 2 of
  // the sum. sigma is the root of 2.
  @Test
  void addsTheGradients() {
    float[] slot = {0, 2, 0};
    List<float[]> deltas = List.of(new float[] {3, 1}, new float[0], new float[] {0, 0, 5, 1});
    merge(0).add(5, slot, 1, deltas, new int[] {0, -1, 2});
    double f = (1 + Math.exp(-1)) / 2;
    assertThat(slot[1]).isCloseTo((float) (2 + 6 * f + Math.sqrt(2)), within(1e-5f));
    assertThat(slot[2]).isEqualTo(2);
  }

  // by hand: with l1 at 3 the weight is 0, so that z moves by gradients alone; the bias has no l1
  @Test
  void thresholdsSpareTheBias() {
    List<float[]> deltas = List.of(new float[] {3, 1}, new float[] {5, 1});
    double f = (1 + Math.exp(-1)) / 2;
    float[] slot = {2, 0};
    merge(3).add(9, slot, 0, deltas, new int[] {0, 0});
    assertThat(slot[0]).isCloseTo((float) (2 + 8 * f), within(1e-5f));
    float[] bias = {2, 0};
    merge(3).add(10, bias, 0, deltas, new int[] {0, 0});
    assertThat(bias[0]).isCloseTo((float) (2 + 6 * f + Math.sqrt(2)), within(1e-5f));
  }
}
