package io.millrace.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.random.Seeds;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CombinedTableTest {

  private static final int DIM = 6;
  private static final int LOOKUPS = 3;
  private static final int ROWS = 9;
  private static final TableOptimizer SGD = new TableOptimizer(TableOptimizer.Rule.SGD, 1);

  private static CombinedTable table(Combine combine) {
    int length = combine.rowLength(DIM, LOOKUPS);
    PlainTable stacked =
        new PlainTable(ROWS, length, SGD, new RowInit(RowInit.Shape.UNIFORM, 1, 7));
    return new CombinedTable(stacked, combine, LOOKUPS);
  }

  /** Three examples: two ids that share a row, none, and one id. */
  private static RowBags bags() {
    RowBags bags = new RowBags();
    for (int[] example : new int[][] {{0, 3, 6, 1, 3, 8}, {}, {2, 5, 8}}) {
      for (int row : example) {
        bags.add(row);
      }
      bags.endExample();
    }
    return bags;
  }

  private static float[] weights(EmbeddingTable table) {
    float[] weights = new float[ROWS * table.rowLength()];
    for (int r = 0; r < ROWS; r++) {
      table.collapseRow(r, weights, r * table.rowLength());
    }
    return weights;
  }

  /** The vectors of the bags by the definition, in double. */
  private static double[] expected(Combine combine, float[] weights, RowBags bags) {
    int length = combine.rowLength(DIM, LOOKUPS);
    double[] out = new double[bags.examples() * DIM];
    for (int b = 0; b < bags.examples(); b++) {
      for (int i = bags.start(b); i < bags.end(b); i += LOOKUPS) {
        for (int j = 0; j < DIM; j++) {
          double value = combine == Combine.MULT ? 1 : 0;
          for (int h = 0; h < LOOKUPS; h++) {
            int row = bags.row(i + h) * length;
            switch (combine) {
              case SUM -> value += weights[row + j];
              case MULT -> value *= weights[row + j];
              case CONCAT -> value += j / length == h ? weights[row + j % length] : 0;
            }
          }
          out[b * DIM + j] += value;
        }
      }
    }
    return out;
  }

  @ParameterizedTest
  @EnumSource(Combine.class)
  void theVectorsAreThoseOfTheDefinition(Combine combine) {
    CombinedTable table = table(combine);
    float[] out = new float[3 * (DIM + 2)];
    table.forward(bags(), out, DIM + 2, 1);
    double[] expected = expected(combine, weights(table), bags());
    for (int b = 0; b < 3; b++) {
      for (int j = 0; j < DIM; j++) {
        assertThat((double) out[b * (DIM + 2) + 1 + j])
            .isCloseTo(expected[b * DIM + j], within(1e-6));
      }
      assertThat(out[b * (DIM + 2)]).isZero();
    }
  }

  /** Law: with rate 1, SGD moves each weight by minus the slope of sum(grad * vectors). */
  @ParameterizedTest
  @EnumSource(Combine.class)
  void theGradientIsTheSlope(Combine combine) {
    CombinedTable table = table(combine);
    RowBags bags = bags();
    SplittableRandom random = Seeds.generator(3, "combined-table-test", 0);
    float[] grad = new float[3 * DIM];
    for (int i = 0; i < grad.length; i++) {
      grad[i] = (float) random.nextDouble() - .5f;
    }
    float[] before = weights(table);
    table.forward(bags, new float[3 * DIM], DIM, 0);
    table.backward(bags, grad, DIM, 0);
    float[] after = weights(table);
    for (int i = 0; i < before.length; i++) {
      double slope =
          (value(combine, before, grad, i, .01f) - value(combine, before, grad, i, -.01f));
      assertThat((before[i] - after[i])).isCloseTo((float) (slope / .02), within(1e-4f));
    }
  }

  private static double value(Combine combine, float[] weights, float[] grad, int at, float by) {
    float[] moved = weights.clone();
    moved[at] += by;
    double[] out = expected(combine, moved, bags());
    double sum = 0;
    for (int i = 0; i < out.length; i++) {
      sum += out[i] * grad[i];
    }
    return sum;
  }

  /** Law: a combination by sums is what a table does by itself, to the bit. */
  @Test
  void sumsAreThoseOfThePlainTable() {
    CombinedTable table = table(Combine.SUM);
    PlainTable plain = new PlainTable(ROWS, DIM, SGD, new RowInit(RowInit.Shape.UNIFORM, 1, 7));
    float[] grad = new float[3 * DIM];
    grad[0] = .5f;
    grad[2 * DIM + 1] = -2;
    for (int step = 0; step < 3; step++) {
      float[] a = new float[3 * DIM];
      float[] b = new float[3 * DIM];
      table.forward(bags(), a, DIM, 0);
      plain.forward(bags(), b, DIM, 0);
      assertThat(a).containsExactly(b);
      table.backward(bags(), grad, DIM, 0);
      plain.backward(bags(), grad, DIM, 0);
    }
    assertThat(weights(table)).containsExactly(weights(plain));
  }

  @Test
  void joinedRowsCostAsMuchAsSummedOnesOfAThird() {
    assertThat(table(Combine.CONCAT).dim()).isEqualTo(DIM);
    assertThat(table(Combine.CONCAT).rowLength()).isEqualTo(2);
    assertThat(table(Combine.CONCAT).servingBytes(ROWS, RowFormat.FLOAT32)).isEqualTo(ROWS * 2 * 4);
    assertThat(table(Combine.MULT).servingBytes(ROWS, RowFormat.FLOAT32)).isEqualTo(ROWS * DIM * 4);
    assertThatThrownBy(() -> Combine.CONCAT.rowLength(16, 3))
        .hasMessage("dim must be a multiple of the 3 rows that are joined but was 16");
  }
}
