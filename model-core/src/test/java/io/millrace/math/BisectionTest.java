package io.millrace.math;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BisectionTest {

  /** Law: the answer is that of trying one number after the other, for every range and limit. */
  @Test
  void equalsTrying() {
    for (int least = -3; least < 4; least++) {
      for (int most = least; most < 9; most++) {
        for (int limit = -5; limit < 11; limit++) {
          int fitting = limit;
          int tried = least;
          while (tried < most && tried + 1 <= fitting) {
            tried++;
          }
          assertThat(Bisection.largest(least, most, n -> n <= fitting)).isEqualTo(tried);
        }
      }
    }
  }

  /** Law: nothing overflows. */
  @Test
  void theWholeRange() {
    int least = Integer.MIN_VALUE;
    int most = Integer.MAX_VALUE;
    assertThat(Bisection.largest(least, most, n -> n <= 77)).isEqualTo(77);
    assertThat(Bisection.largest(least, most, n -> true)).isEqualTo(most);
    assertThat(Bisection.largest(least, most, n -> false)).isEqualTo(least);
  }
}
