package io.millrace.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SeedsTest {

  /** Law: a stream is a function of (root, name, index) alone. */
  @Test
  void equalArgumentsGiveEqualBits() {
    SplittableRandom a = Seeds.generator(7, "table/ad", 3);
    SplittableRandom b = Seeds.generator(7, "table/ad", 3);
    for (int i = 0; i < 10; i++) {
      assertThat(a.nextLong()).isEqualTo(b.nextLong());
    }
  }

  /** Law: changing any argument changes the stream. */
  @Test
  void everyArgumentMatters() {
    Set<Long> seeds = new HashSet<>();
    for (long root = 0; root < 5; root++) {
      for (String name : new String[] {"", "a", "b", "ab"}) {
        for (long index = 0; index < 5; index++) {
          seeds.add(Seeds.derive(root, name, index));
        }
      }
    }
    assertThat(seeds).hasSize(100);
  }

  /** Law: mean 0, variance 1, a share of 0.3173 beyond one deviation. */
  @Test
  void gaussianMoments() {
    SplittableRandom random = Seeds.generator(1, "gaussian", 0);
    int n = 200_000;
    double sum = 0;
    double squares = 0;
    int beyond = 0;
    for (int i = 0; i < n; i++) {
      double x = Gaussian.next(random);
      sum += x;
      squares += x * x;
      beyond += Math.abs(x) > 1 ? 1 : 0;
    }
    assertThat(sum / n).isBetween(-0.01, 0.01);
    assertThat(squares / n).isBetween(0.98, 1.02);
    assertThat((double) beyond / n).isBetween(0.312, 0.322);
  }
}
