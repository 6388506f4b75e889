package io.millrace.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.math.FloatBlocks;
import io.millrace.math.OneSidedJacobi;
import io.millrace.metric.GoldenOther;
import io.millrace.metric.Spectrum;
import io.millrace.random.Gaussian;
import io.millrace.random.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the MLET paper proves about a table of two factors, on the table that trains. */
class MletTheoryTest {

  private static final int N = 11;
  private static final int D = 4;

  /** A table with given factors, {@code w1} of rows x k and {@code w2} of k x dim. */
  private static MletTable table(double[] w1, double[] w2, int k, int dim, double rate)
      throws IOException {
    TableOptimizer sgd = new TableOptimizer(TableOptimizer.Rule.SGD, rate);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    for (double[] factor : new double[][] {w1, w2}) {
      int width = factor == w1 ? k : dim;
      out.writeInt(factor.length / width);
      out.writeLong(0);
      FloatBlocks.write(out, floats(factor), factor.length);
    }
    MletTable table = new MletTable(0, k, dim, 1, sgd, 0);
    table.readState(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    return table;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static double[] random(int n, String name) {
    SplittableRandom random = Seeds.generator(1, name, 0);
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = Gaussian.next(random);
    }
    return values;
  }

  private static double[] collapsed(EmbeddingTable table) {
    float[] rows = new float[table.rows() * table.dim()];
    for (int r = 0; r < table.rows(); r++) {
      table.collapseRow(r, rows, r * table.dim());
    }
    double[] doubles = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      doubles[i] = rows[i];
    }
    return doubles;
  }

  /** {@code A B}, with A of rows x inner and B of inner x cols. */
  private static double[] product(double[] a, double[] b, int inner) {
    int rows = a.length / inner;
    int cols = b.length / inner;
    double[] c = new double[rows * cols];
    for (int i = 0; i < c.length; i++) {
      for (int k = 0; k < inner; k++) {
        c[i] += a[i / cols * inner + k] * b[k * cols + i % cols];
      }
    }
    return c;
  }

  private static double[] transposed(double[] a, int cols) {
    int rows = a.length / cols;
    double[] t = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      t[i % cols * rows + i / cols] = a[i];
    }
    return t;
  }

  /** One step with gradient {@code g}, n x dim, by the rows of the product. */
  private static void step(EmbeddingTable table, double[] g) {
    RowBags bags = new RowBags();
    for (int r = 0; r < table.rows(); r++) {
      bags.add(r);
      bags.endExample();
    }
    table.forward(bags, new float[g.length], table.dim(), 0);
    table.backward(bags, floats(g), table.dim(), 0);
  }

  // Law: the float64 twin's collapse and step of both factors.
  @Test
  void collapseAndStepEqualTheGoldenFigures() throws IOException {
    JsonNode golden = GoldenOther.section("mlet");
    MletTable table =
        table(
            GoldenOther.doubles(golden.get("W1")),
            GoldenOther.doubles(golden.get("W2")),
            5,
            2,
            golden.get("lr").doubleValue());
    assertThat(collapsed(table))
        .containsExactly(GoldenOther.doubles(golden.get("collapsed")), within(1e-6));
    step(table, GoldenOther.doubles(golden.get("grad_W")));
    float[] factors = table.factors();
    float[] w1 = GoldenOther.floats(golden.get("W1_after"));
    float[] w2 = GoldenOther.floats(golden.get("W2_after"));
    for (int i = 0; i < factors.length; i++) {
      float expected = i < w1.length ? w1[i] : w2[i - w1.length];
      assertThat(factors[i]).as("factor entry %d", i).isCloseTo(expected, within(1e-6f));
    }
  }

  // Theorem 2.1: with k >= d nothing is lost. Any W = Q R is the product of (Q, 0) and (R; 0).
  @ParameterizedTest
  @ValueSource(ints = {4, 5, 16})
  void everyTableIsAProductOfFactorsAsWideAsItself(int k) throws IOException {
    double[] w = random(N * D, "theorem-2.1");
    double[] q = new double[N * k];
    double[] r = new double[k * D];
    for (int c = 0; c < D; c++) {
      for (int row = 0; row < N; row++) {
        q[row * k + c] = w[row * D + c];
      }
      for (int before = 0; before < c; before++) {
        double along = OneSidedJacobi.dot(q, before, c, k);
        r[before * D + c] = along;
        for (int row = 0; row < N; row++) {
          q[row * k + c] -= along * q[row * k + before];
        }
      }
      r[c * D + c] = Math.sqrt(OneSidedJacobi.dot(q, c, c, k));
      for (int row = 0; row < N; row++) {
        q[row * k + c] /= r[c * D + c];
      }
    }
    assertThat(collapsed(table(q, r, k, D, 1))).containsExactly(w, within(1e-6));
  }

  // Theorem 2.2: with k < d the product has rank k at most, whatever it is trained for: towards a
  // matrix of full rank, at a rate with which a table of its own rows gets there.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void narrowFactorsBoundTheRank(int k) {
    TableOptimizer sgd = new TableOptimizer(TableOptimizer.Rule.SGD, .05);
    double[] target = random(N * D, "theorem-2.2");
    EmbeddingTable narrow = MixedDimTable.of(N, N, k, D, sgd, 3);
    EmbeddingTable full = new PlainTable(N, D, sgd, RowInit.dlrm(N, 3));
    for (int t = 0; t < 1000; t++) {
      approach(narrow, target);
      approach(full, target);
    }
    assertThat(rank(collapsed(narrow))).isEqualTo(k);
    assertThat(rank(collapsed(full))).isEqualTo(D);
    assertThat(collapsed(full)).containsExactly(target, within(1e-4));
  }

  /** A step towards {@code target} by the gradient of half the squared distance. */
  private static void approach(EmbeddingTable table, double[] target) {
    double[] gradient = collapsed(table);
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] -= target[i];
    }
    step(table, gradient);
  }

  /** Singular values above the rounding of single precision. */
  private static int rank(double[] matrix) {
    double[] w = matrix.clone();
    OneSidedJacobi.orthogonaliseInPlace(w, D);
    int rank = 0;
    for (int c = 0; c < D; c++) {
      rank += Math.sqrt(OneSidedJacobi.dot(w, c, c, D)) > 1e-5 ? 1 : 0;
    }
    return rank;
  }

  /** {@code U S V^T} of a random matrix, with singular values chosen apart. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Decomposed(double[] u, double[] s, double[] v) {
    static Decomposed random() {
      double[] u = MletTheoryTest.random(N * D, "eq6-u");
      OneSidedJacobi.orthogonaliseInPlace(u, D);
      double[] v = OneSidedJacobi.orthogonaliseInPlace(MletTheoryTest.random(D * D, "eq6-v"), D);
      for (int c = 0; c < D; c++) {
        double length = Math.sqrt(OneSidedJacobi.dot(u, c, c, D));
        for (int row = 0; row < N; row++) {
          u[row * D + c] /= length;
        }
      }
      return new Decomposed(u, new double[] {2, 1.25, .75, .3}, v);
    }

    /** Factors of inner dimension k, {@code W1^T W1 = scale^4 W2 W2^T}, turned by a rotation. */
    double[][] factors(int k, double scale) {
      double[] turn =
          OneSidedJacobi.orthogonaliseInPlace(MletTheoryTest.random(k * k, "eq6-turn"), k);
      double[] left = new double[N * k];
      double[] right = new double[k * D];
      for (int r = 0; r < D; r++) {
        for (int row = 0; row < N; row++) {
          left[row * k + r] = scale * Math.sqrt(s[r]) * u[row * D + r];
        }
        for (int c = 0; c < D; c++) {
          right[r * D + c] = Math.sqrt(s[r]) / scale * v[c * D + r];
        }
      }
      return new double[][] {product(left, turn, k), product(transposed(turn, k), right, k)};
    }

    /** {@code <G, u_r v_r^T>}. */
    double along(double[] g, int r) {
      double sum = 0;
      for (int i = 0; i < g.length; i++) {
        sum += g[i] * u[i / D * D + r] * v[i % D * D + r];
      }
      return sum;
    }
  }

  // Equation 6 with N = 2 layers: to first order in the rate, balanced factors move sigma_r by
  // -lr 2 sigma_r <G, u_r v_r^T>. Factors out of balance by c, (c W1)(W2 / c), move it by
  // -lr (c^2 + c^-2) sigma_r <G, u_r v_r^T>: the paper's factor of 2 is for c = 1.
  @ParameterizedTest
  @CsvSource({"4, 1", "9, 1", "4, 2", "9, .5"})
  void singularValuesMoveInProportionToThemselves(int k, double imbalance) throws IOException {
    Decomposed w = Decomposed.random();
    double[][] factors = w.factors(k, imbalance);
    double[] g = Arrays.stream(random(N * D, "eq6-gradient")).map(x -> x / 4).toArray();
    double factor = imbalance * imbalance + 1 / (imbalance * imbalance);
    for (double rate : new double[] {0x1p-8, 0x1p-10, 0x1p-12}) {
      MletTable table = table(factors[0], factors[1], k, D, rate);
      double[] before = singularValues(table);
      step(table, g);
      double[] after = singularValues(table);
      for (int r = 0; r < D; r++) {
        assertThat(before[r]).isCloseTo(w.s()[r], within(1e-6));
        double predicted = -rate * factor * w.s()[r] * w.along(g, r);
        assertThat(after[r] - before[r])
            .as("rate %s, sigma %d", rate, r)
            .isCloseTo(predicted, within(30 * rate * rate + 1e-6));
      }
    }
  }

  private static double[] singularValues(EmbeddingTable table) {
    double[] w = collapsed(table);
    OneSidedJacobi.orthogonaliseInPlace(w, D);
    double[] values = new double[D];
    for (int c = 0; c < D; c++) {
      values[c] = -Math.sqrt(OneSidedJacobi.dot(w, c, c, D));
    }
    Arrays.sort(values);
    return Arrays.stream(values).map(value -> -value).toArray();
  }

  // Law: the float64 twin's Equation 6; single precision leaves 1e-6 of a change of 3e-5 at its
  // rate,
  // so the rate is 100 times as large and the change is compared to first order.
  @Test
  void equationSixEqualsTheGoldenFigures() throws IOException {
    JsonNode golden = GoldenOther.section("mlet_eq6");
    double[] sigma = GoldenOther.doubles(golden.get("sigma_before"));
    double[] predicted = GoldenOther.doubles(golden.get("sigma_eq6"));
    MletTable table =
        table(
            GoldenOther.doubles(golden.get("W1")),
            GoldenOther.doubles(golden.get("W2")),
            2,
            2,
            100 * golden.get("lr").doubleValue());
    step(table, GoldenOther.doubles(golden.get("grad")));
    Spectrum.Gatherer rows = new Spectrum.Gatherer(2);
    for (int r = 0; r < 4; r++) {
      float[] row = new float[2];
      table.collapseRow(r, row, 0);
      rows.add(row, 0);
    }
    for (int r = 0; r < 2; r++) {
      double change = 100 * (predicted[r] - sigma[r]);
      assertThat(rows.singularValues()[r] - sigma[r]).isCloseTo(change, within(1e-5));
    }
  }

  // Law: what a server gets is what training computes: a row to the bit, a bag of m rows to the
  // rounding of m k-term sums, at the paper's k = 64 and d = 16.
  @Test
  void collapseIsExactToTheRoundingOfAFloat() {
    int k = 64;
    int dim = 16;
    TableOptimizer sgd = new TableOptimizer(TableOptimizer.Rule.SGD, .2);
    MletTable table = new MletTable(50, k, dim, .25, sgd, 7);
    RowBags bags = new RowBags();
    bags.add(17);
    bags.endExample();
    for (int row = 0; row < 50; row += 7) {
      bags.add(row);
    }
    bags.endExample();
    float[] out = new float[2 * dim];
    table.forward(bags, out, dim, 0);
    float[] row = new float[dim];
    table.collapseRow(17, row, 0);
    assertThat(out).startsWith(row);
    double[] sum = new double[dim];
    double size = 0;
    for (int r = 0; r < 50; r += 7) {
      table.collapseRow(r, row, 0);
      for (int j = 0; j < dim; j++) {
        sum[j] += row[j];
        size = Math.max(size, Math.abs(row[j]));
      }
    }
    for (int j = 0; j < dim; j++) {
      assertThat((double) out[dim + j]).isCloseTo(sum[j], within(8 * 64 * 0x1p-24 * size));
    }
  }
}
