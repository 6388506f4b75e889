package io.millrace.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.math.OneSidedJacobi;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SpectrumTest {

  /** Law: values above, not at, a hundredth of the largest are counted. */
  @Test
  void countsByTheShareOfTheLargest() {
    assertThat(Spectrum.of(200, 3, 2, 1, 0).aboveOnePercent()).isEqualTo(2);
    assertThat(Spectrum.of(200, 3, 2, 1, 0).of()).isEqualTo(5);
  }

  /** Law: n equal values have rank n, one value has rank 1; scale does not matter. */
  @Test
  void effectiveRankIsTheExponentialOfTheEntropy() {
    assertThat(Spectrum.of(7, 7, 7, 7).effectiveRank()).isCloseTo(4, within(1e-12));
    assertThat(Spectrum.of(7, 0, 0, 0).effectiveRank()).isEqualTo(1);
    double byHand = Math.exp(-.75 * Math.log(.75) - .25 * Math.log(.25));
    assertThat(Spectrum.of(3, 1).effectiveRank()).isCloseTo(byHand, within(1e-12));
    assertThat(Spectrum.of(0, 0).effectiveRank()).isNaN();
    assertThat(Spectrum.of(0, 0).aboveOnePercent()).isZero();
  }

  /** Law: gathered row by row they are those of the matrix, and never more than rows. */
  @Test
  void gatheredValuesAreThoseOfTheMatrix() {
    int dim = 7;
    for (int rows : new int[] {1, 5, 61}) {
      SplittableRandom random = new SplittableRandom(rows);
      Spectrum.Gatherer gatherer = new Spectrum.Gatherer(dim);
      double[] m = new double[rows * dim];
      for (int r = 0; r < rows; r++) {
        float[] row = new float[dim];
        for (int j = 0; j < dim; j++) {
          row[j] = (float) random.nextDouble(-1, 1);
          m[r * dim + j] = row[j];
        }
        gatherer.add(row, 0);
      }
      OneSidedJacobi.orthogonaliseInPlace(m, dim);
      double squares = 0;
      for (int c = 0; c < dim; c++) {
        squares += OneSidedJacobi.dot(m, c, c, dim);
      }
      double[] values = gatherer.singularValues();
      assertThat(values).hasSize(Math.min(rows, dim));
      double sum = 0;
      for (double value : values) {
        sum += value * value;
      }
      assertThat(sum).isCloseTo(squares, within(1e-12 * squares));
      double[] lengths = new double[dim];
      for (int c = 0; c < dim; c++) {
        lengths[c] = Math.sqrt(OneSidedJacobi.dot(m, c, c, dim));
      }
      Arrays.sort(lengths);
      for (int i = 0; i < values.length; i++) {
        assertThat(values[i]).isCloseTo(lengths[dim - 1 - i], within(1e-9));
      }
    }
  }

  /** Law: a diagonal matrix between two rotations has its diagonal as singular values. */
  @Test
  void rotationsKeepTheValues() {
    int dim = 4;
    SplittableRandom random = new SplittableRandom(2);
    double[] u = Procrustes.polarFactor(random.doubles(16, -1, 1).toArray(), dim);
    double[] v = Procrustes.polarFactor(random.doubles(16, -1, 1).toArray(), dim);
    double[] s = {5, 1, .04, .001};
    Spectrum.Gatherer gatherer = new Spectrum.Gatherer(dim);
    for (int r = 0; r < dim; r++) {
      float[] row = new float[dim];
      for (int c = 0; c < dim; c++) {
        for (int k = 0; k < dim; k++) {
          row[c] += (float) (u[r * dim + k] * s[k] * v[c * dim + k]);
        }
      }
      gatherer.add(row, 0);
    }
    assertThat(gatherer.singularValues()).containsExactly(s, within(1e-6));
    assertThat(gatherer.spectrum().aboveOnePercent()).isEqualTo(2);
  }
}
