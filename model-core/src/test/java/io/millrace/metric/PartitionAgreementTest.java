package io.millrace.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class PartitionAgreementTest {

  private static final Offset<Double> TINY = within(1e-12);

  /** Law: the numpy twin's figures. */
  @Test
  void equalsTheGoldenFigures() throws IOException {
    JsonNode golden = GoldenOther.section("drift");
    PartitionAgreement agreement =
        PartitionAgreement.of(GoldenOther.ints(golden.get("a")), GoldenOther.ints(golden.get("b")));
    assertThat(agreement.jaccard()).isCloseTo(golden.get("jaccard").doubleValue(), TINY);
    assertThat(agreement.ari()).isCloseTo(golden.get("ari").doubleValue(), TINY);
    assertThat(agreement.nmi()).isCloseTo(golden.get("nmi_arithmetic").doubleValue(), TINY);
    assertThat(agreement.movedIds()).isCloseTo(4 / 12., TINY);
  }

  /** Law: counting weighted pairs one by one gives the same figures. */
  @Test
  void equalsPairCounting() {
    SplittableRandom random = new SplittableRandom(11);
    int n = 211;
    int[] a = random.ints(n, 0, 9).toArray();
    int[] b = random.ints(n, 0, 7).toArray();
    double[] w = random.doubles(n, .1, 5).toArray();
    double both = 0;
    double inA = 0;
    double inB = 0;
    double all = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        double pair = w[i] * w[j];
        all += pair;
        inA += a[i] == a[j] ? pair : 0;
        inB += b[i] == b[j] ? pair : 0;
        both += a[i] == a[j] && b[i] == b[j] ? pair : 0;
      }
    }
    PartitionAgreement agreement = PartitionAgreement.of(a, b, w);
    assertThat(agreement.weightedJaccard()).isCloseTo(both / (inA + inB - both), TINY);
    double expected = inA * inB / all;
    assertThat(agreement.weightedAri())
        .isCloseTo((both - expected) / ((inA + inB) / 2 - expected), TINY);
  }

  /** Law: mutual information and entropies by their definition, over all pairs of rows. */
  @Test
  void nmiEqualsItsDefinition() {
    SplittableRandom random = new SplittableRandom(12);
    int n = 307;
    int[] a = random.ints(n, 0, 9).toArray();
    int[] b =
        IntStream.of(a).map(row -> random.nextInt(3) == 0 ? random.nextInt(7) : row / 2).toArray();
    double[] w = random.doubles(n, .1, 5).toArray();
    double[] ones = new double[n];
    Arrays.fill(ones, 1);
    PartitionAgreement agreement = PartitionAgreement.of(a, b, w);
    assertThat(agreement.nmi()).isCloseTo(bruteForceNmi(a, b, ones), TINY);
    assertThat(agreement.weightedNmi()).isCloseTo(bruteForceNmi(a, b, w), TINY);
  }

  private static double bruteForceNmi(int[] a, int[] b, double[] w) {
    double total = Arrays.stream(w).sum();
    double mutual = 0;
    double entropies = 0;
    for (int i = 0; i < 9; i++) {
      double pi = share(a, i, a, i, w, total);
      entropies -= pi > 0 ? pi * Math.log(pi) : 0;
      for (int j = 0; j < 9; j++) {
        double pj = share(b, j, b, j, w, total);
        double both = share(a, i, b, j, w, total);
        mutual += both > 0 ? both * Math.log(both / (pi * pj)) : 0;
        entropies -= i == 0 && pj > 0 ? pj * Math.log(pj) : 0;
      }
    }
    return mutual / (entropies / 2);
  }

  private static double share(int[] a, int i, int[] b, int j, double[] w, double total) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] == i && b[k] == j ? w[k] : 0;
    }
    return sum / total;
  }

  /** Law: an id of weight 3 counts for entropy and traffic as three ids of weight 1. */
  @Test
  void weightsAreRepetitions() {
    int[] a = {0, 0, 1, 1, 2};
    int[] b = {0, 1, 1, 1, 0};
    PartitionAgreement weighted = PartitionAgreement.of(a, b, new double[] {3, 1, 2, 1, 1});
    PartitionAgreement repeated =
        PartitionAgreement.of(
            new int[] {0, 0, 0, 0, 1, 1, 1, 2}, new int[] {0, 0, 0, 1, 1, 1, 1, 0});
    assertThat(weighted.weightedNmi()).isCloseTo(repeated.nmi(), TINY);
    assertThat(weighted.movedTraffic()).isCloseTo(repeated.movedIds(), TINY);
  }

  /** Law: row numbers do not matter; equal partitions agree fully, whatever the weights. */
  @Test
  void renumberingIsNoDrift() {
    SplittableRandom random = new SplittableRandom(5);
    int[] a = random.ints(1021, 0, 100).toArray();
    int[] b = Arrays.stream(a).map(row -> 99 - row).toArray();
    double[] w = random.doubles(1021).toArray();
    PartitionAgreement same = PartitionAgreement.of(a, b, w);
    assertThat(same.ari()).isEqualTo(1);
    assertThat(same.nmi()).isCloseTo(1, TINY);
    assertThat(same.jaccard()).isEqualTo(1);
    assertThat(same.weightedAri()).isEqualTo(1);
    assertThat(same.movedIds()).isZero();
    assertThat(same.movedTraffic()).isZero();
  }

  /** Law: neither the order of ids nor the unit of weights matters. */
  @Test
  void orderAndUnitDoNotMatter() {
    SplittableRandom random = new SplittableRandom(7);
    int n = 503;
    int[] a = random.ints(n, 0, 40).toArray();
    int[] b = random.ints(n, 0, 50).toArray();
    double[] w = random.ints(n, 1, 100).asDoubleStream().toArray();
    int[] backwards = IntStream.range(0, n).map(i -> n - 1 - i).toArray();
    PartitionAgreement one = PartitionAgreement.of(a, b, w);
    PartitionAgreement other =
        PartitionAgreement.of(
            IntStream.of(backwards).map(i -> a[i]).toArray(),
            IntStream.of(backwards).map(i -> b[i]).toArray(),
            IntStream.of(backwards).mapToDouble(i -> 8 * w[i]).toArray());
    assertThat(other.weightedAri()).isCloseTo(one.weightedAri(), TINY);
    assertThat(other.weightedNmi()).isCloseTo(one.weightedNmi(), TINY);
    assertThat(other.weightedJaccard()).isCloseTo(one.weightedJaccard(), TINY);
    assertThat(other.movedIds()).isEqualTo(one.movedIds());
    assertThat(other.movedTraffic()).isEqualTo(one.movedTraffic());
  }

  /** Law: independent partitions have an adjusted Rand index near 0. */
  @Test
  void chanceIsZero() {
    SplittableRandom random = new SplittableRandom(6);
    int[] a = random.ints(20_000, 0, 20).toArray();
    int[] b = random.ints(20_000, 0, 30).toArray();
    assertThat(PartitionAgreement.of(a, b).ari()).isCloseTo(0, within(.002));
  }

  /** Law: a measure is 1 if the assignments cannot differ, and NaN without ids. */
  @Test
  void trivialPartitions() {
    PartitionAgreement alone = PartitionAgreement.of(new int[] {0, 1, 2}, new int[] {2, 1, 0});
    assertThat(alone.ari()).isEqualTo(1);
    assertThat(alone.jaccard()).isEqualTo(1);
    PartitionAgreement one = PartitionAgreement.of(new int[3], new int[3]);
    assertThat(one.ari()).isEqualTo(1);
    assertThat(one.nmi()).isEqualTo(1);
    PartitionAgreement none = PartitionAgreement.of(new int[0], new int[0]);
    assertThat(none.ari()).isNaN();
    assertThat(none.nmi()).isNaN();
    assertThat(none.movedIds()).isNaN();
  }

  /** Law: greatest overlap first, ties by the smaller old row, then the smaller new one. */
  @Test
  void matchesGreedily() {
    int[] before = {0, 0, 0, 1, 1, 2, 2};
    int[] after = {1, 1, 0, 1, 0, 3, 2};
    assertThat(PartitionAgreement.matchRows(before, after, 5)).containsExactly(1, 0, 2, -1, -1);
  }

  @Test
  void lengthsMustAgree() {
    assertThatThrownBy(() -> PartitionAgreement.of(new int[2], new int[3]))
        .hasMessage("after must have one entry per id (2) but had 3");
  }
}
