package io.millrace.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class DriftTest {

  private static final Offset<Double> TINY = within(1e-12);

  /** Law: the numpy twin's PSI. */
  @Test
  void psiEqualsTheGoldenFigure() throws IOException {
    JsonNode golden = GoldenOther.section("drift").get("psi");
    double psi =
        Psi.of(GoldenOther.doubles(golden.get("before")), GoldenOther.doubles(golden.get("after")));
    assertThat(psi).isCloseTo(golden.get("value").doubleValue(), TINY);
  }

  /** Law: equal windows have PSI 0; the figure is symmetric. */
  @Test
  void psiIsADistance() {
    double[] a = {5, 1, 9};
    double[] b = {2, 4, 4};
    assertThat(Psi.of(a, a)).isZero();
    assertThat(Psi.of(a, b)).isCloseTo(Psi.of(b, a), TINY).isPositive();
  }

  /** Law: the numpy twin's rotation and residual. */
  @Test
  void procrustesEqualsTheGoldenFigures() throws IOException {
    JsonNode golden = GoldenOther.section("procrustes");
    Procrustes fit =
        Procrustes.align(
            GoldenOther.doubles(golden.get("X")),
            GoldenOther.doubles(golden.get("Y")),
            GoldenOther.doubles(golden.get("weights")),
            2);
    assertThat(fit.rotation()).containsExactly(GoldenOther.doubles(golden.get("R")), TINY);
    assertThat(fit.residualRatio())
        .isCloseTo(golden.get("residual_ratio").doubleValue(), within(1e-14));
  }

  /** Law: a rotated, reflected and shifted cloud has no residual, in any dimension. */
  @Test
  void procrustesUndoesRotations() {
    SplittableRandom random = new SplittableRandom(3);
    for (int dim : new int[] {1, 2, 3, 4, 7}) {
      int n = 61;
      double[] x = random.doubles((long) n * dim, -1, 1).toArray();
      double[] q = Procrustes.polarFactor(random.doubles((long) dim * dim, -1, 1).toArray(), dim);
      double[] y = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        y[i] = 3;
        for (int k = 0; k < dim; k++) {
          y[i] += x[i / dim * dim + k] * q[k * dim + i % dim];
        }
      }
      Procrustes fit = Procrustes.align(x, y, random.doubles(n, .5, 2).toArray(), dim);
      assertThat(fit.residualRatio()).isCloseTo(0, within(1e-24));
      assertThat(fit.displacement()[3]).isCloseTo(0, TINY);
      assertThat(fit.rotation()).containsExactly(q, within(1e-10));
    }
  }

  /** Law: of all rotations and reflections of the plane, tried one by one, none fits better. */
  @Test
  void noOrthogonalMatrixFitsBetter() {
    SplittableRandom random = new SplittableRandom(4);
    int n = 31;
    double[] x = random.doubles(2L * n, -1, 1).toArray();
    double[] y = random.doubles(2L * n, -1, 1).toArray();
    double[] w = random.doubles(n, .5, 2).toArray();
    double best = Double.MAX_VALUE;
    for (int k = 0; k < 3600; k++) {
      double c = Math.cos(k * Math.PI / 1800);
      double s = Math.sin(k * Math.PI / 1800);
      best = Math.min(best, residual(x, y, w, new double[] {c, s, -s, c}));
      best = Math.min(best, residual(x, y, w, new double[] {c, s, s, -c}));
    }
    double found = Procrustes.align(x, y, w, 2).residualRatio();
    assertThat(found).isLessThanOrEqualTo(best + 1e-12).isCloseTo(best, within(1e-5));
  }

  private static double residual(double[] x, double[] y, double[] w, double[] r) {
    double total = Arrays.stream(w).sum();
    double[] shift = new double[4];
    for (int i = 0; i < x.length; i++) {
      shift[i % 2] += w[i / 2] * x[i] / total;
      shift[2 + i % 2] += w[i / 2] * y[i] / total;
    }
    double rest = 0;
    double all = 0;
    for (int i = 0; i < y.length; i++) {
      int row = i / 2 * 2;
      double moved = (x[row] - shift[0]) * r[i % 2] + (x[row + 1] - shift[1]) * r[2 + i % 2];
      double centred = y[i] - shift[2 + i % 2];
      rest += w[i / 2] * (moved - centred) * (moved - centred);
      all += w[i / 2] * centred * centred;
    }
    return rest / all;
  }

  /** Law: the factor is orthogonal even if the matrix has no or little rank. */
  @Test
  void polarFactorIsOrthogonal() {
    double[][] matrices = {
      new double[9],
      {1, 2, 3, 2, 4, 6, -1, -2, -3},
      {0, 0, 0, 0, 5, 0, 0, 0, 0},
      {1, 2, 3, 4, 5, 6, 7, 8, 10}
    };
    for (double[] m : matrices) {
      double[] q = Procrustes.polarFactor(m, 3);
      for (int i = 0; i < 9; i++) {
        double dot = 0;
        for (int k = 0; k < 3; k++) {
          dot += q[i / 3 * 3 + k] * q[i % 3 * 3 + k];
        }
        assertThat(dot).isCloseTo(i / 3 == i % 3 ? 1 : 0, within(1e-12));
      }
    }
  }

  /** Law: quantiles are nearest ranks; unweighted, while the residual is weighted. */
  @Test
  void displacementIsPerId() {
    double[] x = {-1, 1, 0, 0};
    double[] y = {-1, 1, 3, -3};
    Procrustes fit = Procrustes.align(x, y, new double[] {1, 1, 0, 0}, 1);
    assertThat(fit.residualRatio()).isZero();
    assertThat(fit.displacement()).containsExactly(0, 3, 3, 3);
  }
}
