package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ValueOrderTest {

  /** Law: a stable sort by value, in however many parts, in which both zeros are equal. */
  @Test
  void stableSort() {
    for (int i = 0; i < 200; i++) {
      SplittableRandom random = ClusterCase.random("order", i);
      double[] values = values(random, random.nextInt(3000));
      int[] expected =
          IntStream.range(0, values.length)
              .boxed()
              .sorted((a, b) -> Double.compare(values[a] + 0.0, values[b] + 0.0))
              .mapToInt(j -> j)
              .toArray();
      ValueOrder order = new ValueOrder(values, new Parts(1 + random.nextInt(100), 5));
      assertThat(order.ids()).as("case " + i).containsExactly(expected);
      for (int j = 0; j < values.length; j++) {
        assertThat(order.value(j)).isEqualTo(values[expected[j]] + 0.0);
      }
    }
  }

  /** Few different numbers, or many of all magnitudes. */
  private static double[] values(SplittableRandom random, int n) {
    double[] few = {0.0, -0.0, -1.5, 3};
    boolean ties = random.nextBoolean();
    return IntStream.range(0, n)
        .mapToDouble(i -> ties ? few[random.nextInt(few.length)] : anyNumber(random))
        .toArray();
  }

  private static double anyNumber(SplittableRandom random) {
    double value = Double.longBitsToDouble(random.nextLong());
    return Double.isFinite(value) ? value : -0.0;
  }
}
