package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.random.Gaussian;
import io.millrace.random.Seeds;
import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TeacherValueTest {

  private static final int IDS = 1021;

  /** Vectors that vary by {@code spread} along {@code direction} and by 1 elsewhere. */
  private static float[] stretched(double[] direction, double spread) {
    int dim = direction.length;
    SplittableRandom random = Seeds.generator(1, "teacher-value", dim);
    float[] vectors = new float[IDS * dim];
    for (int i = 0; i < IDS; i++) {
      double along = spread * Gaussian.next(random);
      for (int d = 0; d < dim; d++) {
        vectors[i * dim + d] = (float) (along * direction[d] + .1 * Gaussian.next(random));
      }
    }
    return vectors;
  }

  private static double[] ones() {
    double[] counts = new double[IDS];
    Arrays.fill(counts, 1);
    return counts;
  }

  private static double variance(double[] values, double[] counts) {
    double weight = Arrays.stream(counts).sum();
    double mean = 0;
    double squares = 0;
    for (int i = 0; i < values.length; i++) {
      mean += counts[i] * values[i] / weight;
      squares += counts[i] * values[i] * values[i] / weight;
    }
    return squares - mean * mean;
  }

  @Test
  void dim0AndMaxvarCopyAColumn() {
    float[] vectors = {1, 20, 2, 10, 3, 50};
    double[] counts = {1, 1, 1};
    assertThat(TeacherValue.DIM0.select(vectors, 2, counts)).containsExactly(1, 2, 3);
    assertThat(TeacherValue.MAXVAR.select(vectors, 2, counts)).containsExactly(20, 10, 50);
  }

  /** Law: counts weigh. Without the third id the first column varies more. */
  @Test
  void countsDecide() {
    float[] vectors = {0, 5, 9, 5.5f, 4, 90};
    assertThat(TeacherValue.MAXVAR.select(vectors, 2, new double[] {1, 1, 0}))
        .containsExactly(0, 9, 4);
    assertThat(TeacherValue.MAXVAR.select(vectors, 2, new double[] {0, 0, 0}))
        .containsExactly(5, 5.5, 90);
  }

  /** Law: no direction has a larger variance than the first principal component. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 8})
  void pca1HasTheLargestVariance(int dim) {
    SplittableRandom random = Seeds.generator(2, "teacher-value", dim);
    double[] direction = random.doubles(dim, -1, 1).toArray();
    float[] vectors = stretched(direction, 1);
    double[] counts = random.doubles(IDS).map(c -> Math.floor(1 / c)).toArray();
    double best = variance(TeacherValue.PCA1.select(vectors, dim, counts), counts);
    for (int trial = 0; trial < 200; trial++) {
      double[] other = random.doubles(dim, -1, 1).toArray();
      double norm = Math.sqrt(Arrays.stream(other).map(x -> x * x).sum());
      double[] values = new double[IDS];
      for (int i = 0; i < IDS; i++) {
        for (int d = 0; d < dim; d++) {
          values[i] += other[d] / norm * vectors[i * dim + d];
        }
      }
      assertThat(variance(values, counts)).isLessThanOrEqualTo(best * (1 + 1e-12));
    }
  }

  /** Weighted second moments about the mean, divided by the weights. */
  private static double[][] covariance(float[] vectors, int dim, double[] counts) {
    double weight = Arrays.stream(counts).sum();
    double[] mean = new double[dim];
    double[][] covariance = new double[dim][dim];
    for (int i = 0; i < counts.length; i++) {
      for (int d = 0; d < dim; d++) {
        mean[d] += counts[i] * vectors[i * dim + d] / weight;
      }
    }
    for (int i = 0; i < counts.length; i++) {
      for (int a = 0; a < dim; a++) {
        for (int b = 0; b < dim; b++) {
          double product = (vectors[i * dim + a] - mean[a]) * (vectors[i * dim + b] - mean[b]);
          covariance[a][b] += counts[i] * product / weight;
        }
      }
    }
    return covariance;
  }

  /** The dominant eigenvector by power iteration, its largest loading positive. */
  private static double[] dominant(double[][] matrix) {
    double[] x = new double[matrix.length];
    Arrays.setAll(x, i -> 1 + .1 * i);
    for (int round = 0; round < 20_000; round++) {
      double[] before = x.clone();
      double[] product = new double[x.length];
      Arrays.setAll(product, r -> dot(matrix[r], before));
      double norm = Math.sqrt(dot(product, product));
      Arrays.setAll(x, i -> product[i] / norm);
    }
    double largest = Arrays.stream(x).boxed().max(Comparator.comparingDouble(Math::abs)).get();
    return Arrays.stream(x).map(v -> v * Math.signum(largest)).toArray();
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  /**
   * Law: the values are projections on the dominant eigenvector of the count-weighted covariance,
   * as power iteration finds it, with the sign that makes its largest loading positive.
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 8})
  void pca1EqualsPowerIteration(int dim) {
    for (int trial = 0; trial < 20; trial++) {
      SplittableRandom random = Seeds.generator(3, "teacher-value-" + dim, trial);
      float[] vectors = stretched(random.doubles(dim, -1, 1).toArray(), 1);
      double[] counts = random.doubles(IDS).map(c -> Math.floor(.6 / c)).toArray();
      double[] direction = dominant(covariance(vectors, dim, counts));
      double[] values = TeacherValue.PCA1.select(vectors, dim, counts);
      for (int i = 0; i < IDS; i++) {
        double projection = 0;
        for (int d = 0; d < dim; d++) {
          projection += direction[d] * vectors[i * dim + d];
        }
        assertThat(values[i]).isCloseTo(projection, within(1e-9));
      }
    }
  }

  /** Law: the column of the largest weighted variance is copied, found by comparing all. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 8})
  void maxvarEqualsComparingAll(int dim) {
    for (int trial = 0; trial < 20; trial++) {
      SplittableRandom random = Seeds.generator(4, "teacher-value-" + dim, trial);
      float[] vectors = stretched(random.doubles(dim, -1, 1).toArray(), 1);
      double[] counts = random.doubles(IDS).map(c -> Math.floor(.6 / c)).toArray();
      double[][] columns = new double[dim][IDS];
      for (int i = 0; i < IDS * dim; i++) {
        columns[i % dim][i / dim] = vectors[i];
      }
      double[] widest =
          Arrays.stream(columns).max(Comparator.comparingDouble(c -> variance(c, counts))).get();
      assertThat(TeacherValue.MAXVAR.select(vectors, dim, counts)).containsExactly(widest);
      assertThat(TeacherValue.DIM0.select(vectors, dim, counts)).containsExactly(columns[0]);
    }
  }

  /** Law: rotating the latent space leaves the values as they are, up to rounding. */
  @Test
  void pca1DoesNotSeeRotations() {
    float[] vectors = stretched(new double[] {.8, .3}, 1);
    float[] rotated = new float[vectors.length];
    double c = Math.cos(.2);
    double s = Math.sin(.2);
    for (int i = 0; i < IDS; i++) {
      rotated[2 * i] = (float) (c * vectors[2 * i] - s * vectors[2 * i + 1]);
      rotated[2 * i + 1] = (float) (s * vectors[2 * i] + c * vectors[2 * i + 1]);
    }
    double[] values = TeacherValue.PCA1.select(vectors, 2, ones());
    double[] again = TeacherValue.PCA1.select(rotated, 2, ones());
    for (int i = 0; i < IDS; i++) {
      assertThat(again[i]).isCloseTo(values[i], within(1e-5));
    }
  }

  /** Law: the loading of largest magnitude is positive, so that the order of rows reproduces. */
  @Test
  void pca1HasAFixedSign() {
    float[] vectors = stretched(new double[] {.3, -.9}, 1);
    double[] values = TeacherValue.PCA1.select(vectors, 2, ones());
    double covariance = 0;
    for (int i = 0; i < IDS; i++) {
      covariance += values[i] * vectors[2 * i + 1];
    }
    assertThat(covariance).isPositive();
  }

  /** Law: constant vectors, and no vectors at all, are no error. */
  @Test
  void degenerateInput() {
    assertThat(TeacherValue.PCA1.select(new float[] {2, 3, 2, 3}, 2, new double[2]))
        .containsExactly(2, 2);
    assertThat(TeacherValue.PCA1.select(new float[0], 2, new double[0])).isEmpty();
    assertThatThrownBy(() -> TeacherValue.PCA1.select(new float[3], 2, new double[2]))
        .hasMessage("vectors must have 2 rows of dim >= 1 but dim was 2 and the length 3");
    assertThatThrownBy(() -> TeacherValue.of("pca2"))
        .hasMessage("teacher value must be dim0, maxvar or pca1 but was 'pca2'");
  }
}
