package io.millrace.math;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BFloat16Test {

  // Law: every finite value is its own rounding, in both directions.
  @Test
  void valuesStay() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      if ((bits & 0x7F80) != 0x7F80) {
        float value = BFloat16.fromBits((short) bits);
        assertThat(BFloat16.nearest(value)).isEqualTo((short) bits);
        assertThat(BFloat16.away(value)).isEqualTo((short) bits);
      }
    }
  }

  // Law: the nearest of both neighbours is taken, with a tie the even one; away takes the larger.
  @Test
  void theNearestOrTheLargerIsTaken() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 200_000; i++) {
      int low = random.nextInt(0x7F7F);
      int between = i % 3 == 0 ? 0x8000 : 1 + random.nextInt(0xFFFF);
      float value = Float.intBitsToFloat(low << 16 | between);
      int nearest = between == 0x8000 ? low + (low & 1) : between < 0x8000 ? low : low + 1;
      assertThat(BFloat16.nearest(value)).isEqualTo((short) nearest);
      assertThat(BFloat16.away(value)).isEqualTo((short) (low + 1));
      assertThat(BFloat16.nearest(-value)).isEqualTo((short) (nearest | 0x8000));
      assertThat(BFloat16.away(-value)).isEqualTo((short) (low + 1 | 0x8000));
    }
  }

  @Test
  void beyondTheGreatestValueIsTheGreatest() {
    assertThat(BFloat16.nearest(Float.MAX_VALUE)).isEqualTo((short) 0x7F7F);
    assertThat(BFloat16.away(-Float.MAX_VALUE)).isEqualTo((short) 0xFF7F);
  }
}
