package io.millrace.math;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Float16Test {

  // Law: every finite half is its own rounding, and its bits come back.
  @Test
  void halvesStay() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      if ((bits & 0x7C00) != 0x7C00) {
        float value = Float16.fromBits((short) bits);
        assertThat(Float16.round(value)).isEqualTo(value);
        assertThat(Float16.toBits(value)).isEqualTo((short) bits);
      }
    }
  }

  // Law: no other half is nearer; of two that are as near, the one with an even fraction is taken.
  @Test
  void theNearestIsTaken() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 200_000; i++) {
      float value = Float.intBitsToFloat(random.nextInt());
      if (i % 2 == 0) {
        value = (float) ((random.nextDouble() - .5) * Math.pow(2, random.nextInt(40) - 24));
      } else if (i % 3 == 0) {
        int half = random.nextInt(0x7BFF);
        float low = Float16.fromBits((short) half);
        value = (low + Float16.fromBits((short) (half + 1))) / 2; // a tie
      }
      if (Math.abs(value) < Float16.MAX) {
        check(value);
      }
    }
  }

  private static void check(float value) {
    float rounded = Float16.round(value);
    int bits = Float16.toBits(rounded) & 0x7FFF;
    BigDecimal error = distance(rounded, value);
    for (int other : new int[] {bits - 1, bits + 1}) {
      if (other >= 0 && other < 0x7C00) {
        float candidate = Math.copySign(Float16.fromBits((short) other), value);
        int order = distance(candidate, value).compareTo(error);
        assertThat(order).as("%s", value).isNotNegative();
        if (order == 0) {
          assertThat(bits & 1).as("tie %s", value).isZero();
        }
      }
    }
  }

  private static BigDecimal distance(float a, float b) {
    return new BigDecimal(a).subtract(new BigDecimal(b)).abs();
  }

  @Test
  void largeValuesAreBounded() {
    assertThat(Float16.round(65519)).isEqualTo(Float16.MAX);
    assertThat(Float16.round(-1e30f)).isEqualTo(-Float16.MAX);
    assertThat(Float16.round(Float.POSITIVE_INFINITY)).isEqualTo(Float16.MAX);
  }
}
