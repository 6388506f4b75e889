package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.random.Seeds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KdClusteringTest {

  private static int[] cluster(List<double[]> points, double[] weights, int clusters) {
    int dim = points.isEmpty() ? 1 : points.get(0).length;
    double[] x = points.stream().flatMapToDouble(Arrays::stream).toArray();
    return KdClustering.of(x, dim, weights, clusters);
  }

  /** Law: the clusters are those of the slow version, with ties in values, weights and means. */
  @Test
  void equalsTheSlowVersion() {
    for (int round = 0; round < 400; round++) {
      SplittableRandom random = Seeds.generator(4, "kd-clustering", round);
      int n = 1 + random.nextInt(300);
      int dim = 1 + random.nextInt(4);
      int levels = 1 + random.nextInt(20);
      boolean continuous = random.nextInt(3) == 0;
      List<double[]> points = new ArrayList<>();
      double[] weights = new double[n];
      for (int i = 0; i < n; i++) {
        double[] x = new double[dim];
        for (int d = 0; d < dim; d++) {
          x[d] = continuous ? random.nextDouble() - .5 : random.nextInt(levels);
        }
        points.add(x);
        weights[i] = continuous ? random.nextDouble() * 9 + 1e-6 : 1 + random.nextInt(3);
      }
      int clusters = 1 + random.nextInt(40);
      assertThat(cluster(points, weights, clusters))
          .as("round %d", round)
          .isEqualTo(SlowTwoLevel.cluster(points, weights, clusters));
    }
  }

  /** Law: two distant groups of points are separated, whatever the points within them. */
  @Test
  void farApartIsApart() {
    SplittableRandom random = Seeds.generator(4, "kd-clustering", 1000);
    List<double[]> points = new ArrayList<>();
    double[] weights = new double[500];
    for (int i = 0; i < 500; i++) {
      points.add(new double[] {random.nextDouble(), (i % 2) * 100 + random.nextDouble()});
      weights[i] = 1 + random.nextInt(5);
    }
    int[] cluster = cluster(points, weights, 2);
    for (int i = 0; i < 500; i++) {
      assertThat(cluster[i]).isEqualTo(cluster[i % 2]);
    }
    assertThat(cluster[0]).isNotEqualTo(cluster[1]);
  }

  /** Law: equal points are still spread over all clusters; few points get one each. */
  @Test
  void alikeAndFewPoints() {
    List<double[]> alike = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      alike.add(new double[] {7});
    }
    double[] ones = new double[64];
    Arrays.fill(ones, 1);
    assertThat(Arrays.stream(cluster(alike, ones, 8)).distinct().count()).isEqualTo(8);
    assertThat(cluster(alike.subList(0, 3), new double[] {1, 1e9, 1}, 8))
        .containsExactlyInAnyOrder(0, 1, 2);
    assertThat(cluster(List.of(), new double[0], 8)).isEmpty();
  }
}
