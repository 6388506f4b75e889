package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SelectionTest {

  /** Law: the k-th smallest is the k-th after sorting, with few and many equal keys. */
  @Test
  void kthOfTheSorted() {
    Selection selection = new Selection();
    for (int i = 0; i < 300; i++) {
      SplittableRandom random = ClusterCase.random("selection", i);
      int n = 1 + random.nextInt(i % 2 == 0 ? 100 : 20_000);
      long[] keys = random.longs(n, 0, 1L << random.nextInt(1, 63)).toArray();
      int k = 1 + random.nextInt(n);
      long[] sorted = keys.clone();
      Arrays.sort(sorted);
      assertThat(selection.smallest(keys, n, k)).as("case " + i).isEqualTo(sorted[k - 1]);
    }
  }

  /** Law: the worst input, for which a sample is useless, is still handled. */
  @Test
  void keysThatTheSampleMisses() {
    long[] keys = new long[10_007];
    Arrays.setAll(keys, i -> i % 50 == 0 ? 1 : 0);
    Selection selection = new Selection();
    long[] sorted = keys.clone();
    Arrays.sort(sorted);
    for (int k = 1; k <= keys.length; k += 97) {
      assertThat(selection.smallest(keys, keys.length, k)).isEqualTo(sorted[k - 1]);
    }
  }
}
