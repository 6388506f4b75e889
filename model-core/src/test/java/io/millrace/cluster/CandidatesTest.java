package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CandidatesTest {

  private static ClusterState clusters(SplittableRandom random, int n, Parts parts) {
    double grid = Math.pow(10, random.nextInt(1, 9));
    double[] values = random.doubles(n).map(v -> Math.rint(v * grid)).toArray();
    double[] counts = random.doubles(n).map(c -> Math.floor(.4 / c)).toArray();
    ClusterState clusters = new ClusterState(new ValueOrder(values, parts), counts, parts);
    clusters.normalise(clusters.norm());
    return clusters;
  }

  private static List<Integer> list(Candidates candidates) {
    return Arrays.stream(candidates.pairs(), 0, candidates.length()).boxed().toList();
  }

  /** Law: what is kept is the prefix of stable sorts by one key after the other. */
  @Test
  void keepsThePrefixOfStableSorts() {
    for (int i = 0; i < 500; i++) {
      SplittableRandom random = ClusterCase.random("candidates", i);
      Parts parts = new Parts(7, 3);
      ClusterState clusters = clusters(random, 2 + random.nextInt(2000), parts);
      Candidates candidates = new Candidates(clusters, parts, 32);
      candidates.reset(true);
      List<Integer> expected =
          new ArrayList<>(IntStream.range(0, clusters.length() - 1).boxed().toList());
      for (int f = 0; f < 4; f++) {
        PairKey key = PairKey.values()[random.nextInt(3)];
        int budget = 1 + random.nextInt(expected.size());
        candidates.orderBy(key);
        expected.sort(Comparator.comparingLong(pair -> clusters.key(key, pair)));
        if (random.nextInt(3) > 0) {
          candidates.keepSmallest(budget);
          expected.subList(budget, expected.size()).clear();
        }
        assertThat(list(candidates)).as("case " + i).isEqualTo(expected.stream().sorted().toList());
      }
    }
  }

  /** Law: where few of many are kept, a sweep lists little more than those. */
  @Test
  void fewOfManyAreFoundInASweep() {
    SplittableRandom random = ClusterCase.random("sweep", 0);
    ClusterState clusters = clusters(random, 100_003, Parts.DEFAULT);
    PairOrder order = new PairOrder();
    order.sortBy(PairKey.DISTANCE);
    order.sortBy(PairKey.FREQUENCY);
    PairList all = new PairList(clusters);
    IntStream.range(0, clusters.length() - 1).forEach(all::add);
    all.load(order, 0);
    PairSweep sweep = new PairSweep(clusters, order, all.bound(order, 1000));
    int[] listed = new int[clusters.length()];
    assertThat(sweep.run(0, clusters.length() - 1, listed, 0)).isBetween(1000, 1500);
  }
}
